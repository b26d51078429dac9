"""Which files a loaded model is made of, and in what it computes."""

import pathlib

import huggingface_hub

from seqsal.models.transformers.lm import HFCausalLM
from seqsal.models.transformers.loading import base_of


def folders(path: str) -> list[pathlib.Path]:
    """Returns the folders of a checkpoint that has been loaded, a LoRA adapter's base among them.

    A model of the hub lies in a folder of its revision. Where a folder is not found, the list is
    empty: nobody can say then what was loaded.
    """
    paths = [path] if (base := base_of(path)) is None else [path, base]
    found = [_folder(each) for each in paths]
    return [each for each in found if each] if all(found) else []


def computed_in(lm: HFCausalLM) -> str:
    """Returns the type and the kind of device that the model's numbers come from."""
    return f"{lm.dtype} on {lm.model.device.type}"


def _folder(path: str) -> pathlib.Path | None:
    folder = pathlib.Path(path).expanduser()
    if folder.is_dir():
        return folder
    config = huggingface_hub.try_to_load_from_cache(path, "config.json")
    return pathlib.Path(config).parent if isinstance(config, str) else None
