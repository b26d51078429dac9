"""Loads a Transformers checkpoint from a folder or from the hub."""

import importlib.util
import json
import os
import pathlib
from collections.abc import Callable
from typing import Any, Final

import torch
import transformers

from seqsal.models import hub
from seqsal.models.progress import tasks
from seqsal.models.transformers import gguf
from seqsal.models.transformers._accelerate import mixed_precision
from seqsal.models.transformers.lm import HFCausalLM
from seqsal.models.transformers.shared_weights import with_shared_weights


def load(
    path: str,
    *,
    precision: str = "auto",
    device: str = "auto",
    attention: str = "auto",
    gradient_checkpointing: str = "auto",
    sequence_length: int | None = None,
    chat_template: bool = False,
    system_prompt: str = "",
    trust_remote_code: bool = False,
) -> HFCausalLM:
    """Returns the model and tokenizer of a local checkpoint folder or of a hub id.

    A folder may also have a LoRA adapter, which is applied to the model that it was trained for.

    Args:
        path: folder or hub id.
        precision: float32, bfloat16, float16, int8 or int4 (weights quantized by bitsandbytes),
            or auto: the checkpoint's own. A CPU computes in float32 with auto, and also with
            bfloat16 or float16 if it only emulates them.
        device: auto, cpu, cuda, cuda:1, mps, or spread: over all accelerators.
        attention: auto, eager, sdpa or flash_attention_2.
        gradient_checkpointing: auto, on or off.
        sequence_length: bound on the tokens of a sequence below the model's own context.
        chat_template: whether to render prompts in the tokenizer's chat template.
        system_prompt: the system message in that template; empty for none.
        trust_remote_code: whether to run Python code that comes with the checkpoint.

    Raises:
        ValueError: there is no such checkpoint or device, it is not a causal language model, it
            has no chat template but `chat_template` is set, it needs code of its own without
            `trust_remote_code`, or a package that it needs is missing.
    """
    path = _existing(path)
    choices = _load_choices(path, precision, device, attention)
    home = _tokenizer_path(path)
    sources = {
        "local_files_only": hub.only_local_files(path, home, base_of(path) or path),
        # If it is missing, Transformers prompts on the terminal.
        "trust_remote_code": trust_remote_code,
    }
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(home, **sources)
        model = transformers.AutoModelForCausalLM.from_pretrained(path, **sources, **choices)
    except tasks.CancelledError:
        raise
    except Exception as error:  # Each kind of damaged file raises an error of its own library.
        raise ValueError(_load_failed(path, error)) from error
    if "device_map" not in choices:
        model = model.to(_device(device))
    mixed_precision.apply(model, always=precision == "auto")
    return HFCausalLM(
        model,
        tokenizer,
        sequence_length=sequence_length,
        gradient_checkpointing=gradient_checkpointing,
        chat_template=chat_template,
        system_prompt=system_prompt,
    )


def of_model(
    model: torch.nn.Module,
    tokenizer: transformers.PreTrainedTokenizerBase,
    **choices: Any,
) -> HFCausalLM:
    """Returns a `CausalLM` of a model in memory, which is not changed.

    Args:
        model: a causal model of Transformers, or a PEFT model around one.
        tokenizer: its tokenizer.
        **choices: keyword arguments of `HFCausalLM`.

    Raises:
        ValueError: the model cannot generate text, or the chat template is missing or unsuitable.
    """
    # A PEFT model puts its layers into the model that it wraps.
    own: Any = model
    if not isinstance(model, transformers.PreTrainedModel):
        own = own.get_base_model()
    if not own.can_generate():
        raise ValueError(
            f"The model must be a causal language model; got a {type(own).__name__}, which cannot"
            " generate text. Load the checkpoint with transformers.AutoModelForCausalLM."
        )
    own = with_shared_weights(own)
    mixed_precision.apply(own, always=False)
    return HFCausalLM(own, tokenizer, **choices)


def shape(
    path: str, precision: str, device: str, attention: str, trust_remote_code: bool = False
) -> tuple[Any, Any, Any]:
    """Returns the configuration, type and device of a checkpoint, without loading its weights.

    Args:
        path: as in `load`, or a GGUF file, of which only the header is read.
        precision: as in `load`.
        device: as in `load`; spread is the first accelerator.
        attention: as in `load`.
        trust_remote_code: as in `load`.

    Returns:
        Its `transformers.PretrainedConfig`, the `torch.dtype` of its weights, and its
        `torch.device`.

    Raises:
        ValueError: there is no such checkpoint or device.
    """
    is_gguf = path.endswith(".gguf")
    path = path if is_gguf else _existing(path)
    choices = _load_choices(path, precision, device, attention)
    try:
        home = base_of(path) or path
        if is_gguf:
            config = gguf.config(pathlib.Path(home))
        else:
            config = transformers.AutoConfig.from_pretrained(
                home,
                local_files_only=hub.only_local_files(home),
                trust_remote_code=trust_remote_code,
            )
    except Exception as error:
        raise ValueError(_load_failed(path, error)) from error
    config._attn_implementation = choices.get("attn_implementation")
    dtype = choices["dtype"] if choices["dtype"] != "auto" else config.dtype or "float32"
    place = _device("auto" if device == "spread" else device)
    return config, getattr(torch, str(dtype).removeprefix("torch.")), place


def _existing(path: str) -> str:
    path = os.path.expanduser(path)  # The shell leaves the ~ of name:~/path alone.
    if _is_path(path) and not pathlib.Path(path).is_dir():
        raise ValueError(
            f"No model at {path!r}: there is no such folder. Expected a folder with a"
            " Transformers checkpoint (config.json, weights, tokenizer), a model id of the hub"
            " such as openai-community/gpt2, or embedded:NAME."
        )
    return path


def _load_choices(path: str, precision: str, device: str, attention: str) -> dict[str, Any]:
    """Returns arguments of `from_pretrained`; without a device_map the caller moves the model."""
    if device == "spread":
        _need("accelerate", "--device=spread")
        place = None
    else:
        place = _device(device)
    if base_of(path) is not None:
        _need("peft", "A LoRA adapter")
    on_cpu = not torch.cuda.is_available() if place is None else place.type == "cpu"
    choices: dict[str, Any] = {}
    if attention != "auto":
        choices["attn_implementation"] = attention
    if place is None:
        choices["device_map"] = "auto"
    if precision in _BITS:
        _need("bitsandbytes", f"--precision={precision}")
        compute = torch.float32 if on_cpu else torch.bfloat16
        choices["quantization_config"] = _BITS[precision](compute)
        choices.setdefault("device_map", {"": place})  # Quantized weights cannot be moved.
        precision = str(compute).removeprefix("torch.")
    elif precision == "auto" and on_cpu and place is None:
        precision = "float32"  # Spread over a CPU alone.
    elif precision == "auto" and not on_cpu and gguf.is_converted(path):
        # The file does not say what the model was trained in, and not every model's activations
        # fit into float16.
        precision = "bfloat16"
    return {"dtype": precision, **choices}


_BITS: Final[dict[str, Callable[[torch.dtype], transformers.BitsAndBytesConfig]]] = {
    "int8": lambda _: transformers.BitsAndBytesConfig(load_in_8bit=True),
    "int4": lambda compute: transformers.BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=compute
    ),
}
"""The quantization of the weights, by the type to compute in."""

BITS_OF_LINEAR: Final = {"int8": 8, "int4": 4.5}
"""Bits of a weight in a linear layer; nf4 has a scale per block of 64 weights."""


def base_of(path: str) -> str | None:
    """Returns the model that a LoRA adapter was trained for, or None if it is no adapter."""
    config = pathlib.Path(path) / "adapter_config.json"
    if not config.is_file():
        return None
    return str(json.loads(config.read_text())["base_model_name_or_path"])


def _tokenizer_path(path: str) -> str:
    """Returns where the tokenizer is: mostly an adapter has none, and its base model has it."""
    base = base_of(path)
    own = (pathlib.Path(path) / "tokenizer_config.json").is_file()
    return path if base is None or own else base


def _need(package: str, what: str) -> None:
    if importlib.util.find_spec(package) is None:
        raise ValueError(f"{what} needs {package}. Install it with: pip install {package}")


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ValueError(
            "device must be auto, spread, cpu, or an accelerator that PyTorch can use here (cuda,"
            f" cuda:1, mps); got {name!r}. PyTorch says: {str(error).splitlines()[0]}"
        ) from None
    return device


def _is_path(path: str) -> bool:
    """Returns whether a string can only be a local path: ids of the hub have at most one slash."""
    return path.startswith((".", "~", os.sep)) or path.count("/") > 1


def _load_failed(path: str, error: Exception) -> str:
    if "trust_remote_code" in str(error):
        return (
            f"{path!r} comes with Python code of its own, which was not run: it would run with all"
            " of your permissions. If you have read it and trust it, pass --trust_remote_code;"
            " otherwise choose a checkpoint of an architecture that Transformers has."
        )
    expected = (
        "a folder with a Transformers checkpoint (config.json, weights, tokenizer), a model id of"
        " the hub that this machine can reach, or embedded:NAME"
    )
    return hub.load_failed(path, "", expected, error)
