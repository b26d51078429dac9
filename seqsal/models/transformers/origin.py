"""The files of a loaded model, and the type and device that it computes with."""

import pathlib

from seqsal.models import hub
from seqsal.models.transformers.lm import HFCausalLM
from seqsal.models.transformers.loading import base_of


def folders(path: str) -> list[pathlib.Path]:
    """Returns the folders of a checkpoint that has been loaded, a LoRA adapter's base included.

    A model of the hub has a folder for each revision. The list is empty if a folder is not found,
    since the files are unknown then.
    """
    paths = [path] if (base := base_of(path)) is None else [path, base]
    found = [_folder(each) for each in paths]
    return [each for each in found if each] if all(found) else []


def computed_in(lm: HFCausalLM) -> str:
    """Returns the number type and the kind of device of a model's computation."""
    return f"{lm.dtype} on {lm.model.device.type}"


def _folder(path: str) -> pathlib.Path | None:
    folder = pathlib.Path(path).expanduser()
    return folder if folder.is_dir() else hub.cached_folder(path)
