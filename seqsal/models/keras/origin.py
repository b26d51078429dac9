"""The files of a loaded model, and the type and device that it computes with."""

import pathlib

import keras

from seqsal.models.keras import runtime
from seqsal.models.keras.lm import KerasCausalLM
from seqsal.models.keras.sources import archives, hubs


def folders(path: str) -> list[pathlib.Path]:
    """Returns the folder of a preset that has been loaded; empty if it is not found."""
    if archives.is_url(path):
        return [archives.fetch(path)]
    folder = pathlib.Path(path).expanduser()
    found = folder if folder.is_dir() else hubs.cached_folder(path)
    return [] if found is None else [found]


def computed_in(lm: KerasCausalLM) -> str:
    """Returns the number type, the backend and the kind of device of a model's computation."""
    place = "accelerator" if runtime.current().on_accelerator() else "cpu"
    return f"{lm.model.backbone.dtype_policy.name} by {keras.config.backend()} on {place}"
