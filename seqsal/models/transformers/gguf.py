"""Converts GGUF files to checkpoints of Transformers, with tokenizer and chat template.

Transformers can load a GGUF file directly. It then dequantizes the weights each time, and may keep
some packed in blocks that have no backward pass; so the checkpoint is written once, in half
precision.
"""

import copy
import pathlib
from collections import Counter
from typing import Any, Final

import torch
import transformers
from transformers import modeling_gguf_pytorch_utils as reader
from transformers.integrations.gguf import GGUF_CONFIG_ARCHS

from seqsal.models import hub
from seqsal.models.gguf_header import Header, read_header
from seqsal.models.progress import tasks
from seqsal.models.transformers._accelerate import gguf_reading
from seqsal.models.transformers.progress import conversion_reported_to_task

MARKER: Final = "seqsal_gguf.json"
"""The file that marks a converted checkpoint."""
_NOT_ARCHITECTURES: Final = {"general", "tokenizer", "t5", "umt5"}
"""Entries of Transformers' table that are no decoders."""
_DTYPES: Final = {0: torch.float32, 30: torch.bfloat16}
"""Types of ggml whose weights keep their type; those of all others are stored in float16, which
is nearer to dequantized weights than bfloat16."""
_SHARD: Final = "4GB"


def architectures() -> tuple[str, ...]:
    """Returns the architectures of language models that Transformers reads from GGUF files."""
    known = {*reader.GGUF_SUPPORTED_ARCHITECTURES, *GGUF_CONFIG_ARCHS}
    return tuple(sorted(known - _NOT_ARCHITECTURES))


def check_architecture(path: pathlib.Path, header: Header) -> None:
    """Checks that Transformers reads the architecture of a GGUF file.

    Raises:
        ValueError: it does not.
    """
    if _plain(header.architecture) not in map(_plain, architectures()):
        raise ValueError(
            f"{path} has the architecture {header.architecture!r}, which Transformers"
            f" {transformers.__version__} does not read from GGUF files. It reads"
            f" {', '.join(architectures())}. Use the model's original checkpoint instead."
        )


def _plain(architecture: str) -> str:
    """Returns a name as both spell it: qwen2moe in the file is qwen2_moe in Transformers."""
    return architecture.replace("-", "").replace("_", "")


def dtype(header: Header) -> torch.dtype:
    """Returns the type that holds the weights of a file without a loss that matters."""
    counts: Counter[int] = Counter()
    for tensor in header.tensors:
        counts[tensor.kind] += tensor.elements
    ((most, _),) = counts.most_common(1) or [(1, 0)]
    return _DTYPES.get(most, torch.float16)


def config(path: pathlib.Path) -> Any:
    """Returns the `transformers.PretrainedConfig` of a GGUF file, from its header alone.

    Raises:
        ValueError: Transformers does not read its architecture.
    """
    header = read_header(path)
    check_architecture(path, header)
    found = transformers.AutoConfig.from_pretrained(path.parent, gguf_file=path.name)
    found.dtype = dtype(header)
    return found


@conversion_reported_to_task()
@gguf_reading.read_once()
def convert(path: pathlib.Path, header: Header, into: pathlib.Path) -> None:
    """Writes a GGUF file as a checkpoint into an empty folder.

    Raises:
        ValueError: the file is not that of a causal language model, or Transformers cannot read it.
    """
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
        loaded = transformers.AutoModelForCausalLM.from_pretrained(
            path.parent,
            gguf_file=path.name,
            dtype=dtype(header),
            quantization_config=transformers.GgufConfig(dequantize=True),
        )
    except tasks.CancelledError:
        raise
    except Exception as error:  # Each kind of unusual file raises an error of its own library.
        raise ValueError(
            f"Transformers {transformers.__version__} could not read {path}, of the architecture"
            f" {header.architecture!r}. The reason given: {hub.first_line(error)}"
        ) from error
    model = _savable(loaded)
    model.generation_config = _generation_config(loaded, header)
    model.save_pretrained(into, max_shard_size=_SHARD)
    tokenizer.save_pretrained(into)
    (into / MARKER).write_text("{}")


def is_converted(folder: str) -> bool:
    """Returns whether a folder has a checkpoint that was converted from a GGUF file."""
    return (pathlib.Path(folder) / MARKER).is_file()


def _savable(loaded: Any) -> Any:
    """Returns the same model without marks of its quantization.

    Transformers 5.23 saves no model that it has loaded from a GGUF file.
    """
    settings = copy.deepcopy(loaded.config)
    if hasattr(settings, "quantization_config"):
        del settings.quantization_config
    with torch.device("meta"):
        model = transformers.AutoModelForCausalLM.from_config(settings, trust_remote_code=False)
    model.load_state_dict(loaded.state_dict(), assign=True)
    model.tie_weights()
    return model


def _generation_config(loaded: Any, header: Header) -> Any:
    """Returns the settings of generation, with the end of a turn among the end tokens."""
    settings = loaded.generation_config
    ends = settings.eos_token_id
    ids = [] if ends is None else list(ends) if isinstance(ends, list) else [ends]
    turn = header.values.get("tokenizer.ggml.eot_token_id")
    if turn is not None and turn not in ids:
        ids.append(int(turn))
    settings.eos_token_id = ids if len(ids) > 1 else ids[0] if ids else None
    return settings
