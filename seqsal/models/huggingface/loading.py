"""Loads a Transformers checkpoint from a folder or from the hub."""

import os
import pathlib

import torch
import transformers

from seqsal.models.huggingface.lm import HFCausalLM


def load(
    path: str,
    *,
    precision: str = "auto",
    device: str = "auto",
    gradient_checkpointing: str = "auto",
    sequence_length: int | None = None,
    chat_template: bool = False,
    system_prompt: str = "",
) -> HFCausalLM:
    """Returns the model and tokenizer of a local checkpoint folder or of a hub id.

    Args:
        path: folder or hub id.
        precision: float32, bfloat16, float16, or auto: float32 on a CPU, the checkpoint's own
            on a GPU.
        device: where to run it: auto, cpu, cuda, cuda:1, mps.
        gradient_checkpointing: auto, on or off.
        sequence_length: bound on the tokens of a sequence below the model's own context.

        chat_template: whether prompts are put into the tokenizer's chat template.
        system_prompt: the system's message in that template; empty for none.

    Raises:
        ValueError: there is no such checkpoint, it is not a causal language model, or it has no
            chat template and one is asked for.
    """
    place = _device(device)
    if precision == "auto" and place.type == "cpu":
        precision = "float32"
    if _is_path(path) and not pathlib.Path(path).is_dir():
        raise ValueError(
            f"No model at {path!r}: there is no such folder. Expected a folder with a"
            " Transformers checkpoint (config.json, weights, tokenizer), a model id of the hub"
            " such as openai-community/gpt2, or embedded:NAME."
        )
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(path)
        model = transformers.AutoModelForCausalLM.from_pretrained(path, dtype=precision)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(_explain_failed_load(path, error)) from error
    return HFCausalLM(
        model.to(place),
        tokenizer,
        sequence_length=sequence_length,
        gradient_checkpointing=gradient_checkpointing,
        chat_template=chat_template,
        system_prompt=system_prompt,
    )


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ValueError(
            f"device must be auto, cpu, or an accelerator that PyTorch can use here (cuda, cuda:1,"
            f" mps); got {name!r}. PyTorch says: {str(error).splitlines()[0]}"
        ) from None
    return device


def _is_path(path: str) -> bool:
    """Whether a string can only be meant as a local path: hub ids have at most one slash."""
    return path.startswith((".", "~", os.sep)) or path.count("/") > 1


def _explain_failed_load(path: str, error: Exception) -> str:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return (
        f"No causal language model could be loaded from {path!r}. Expected a folder with a"
        " Transformers checkpoint (config.json, weights, tokenizer), a model id of the hub that"
        f" this machine can reach, or embedded:NAME. The reason given: {reason}"
    )
