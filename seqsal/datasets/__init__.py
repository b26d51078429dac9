"""Datasets of prompts: .jsonl and .txt files, and the samples that ship with seqsal."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from lit_nlp.api import dataset as lit_dataset
from lit_nlp.api import types as lit_types

from seqsal.datasets import files
from seqsal.datasets.files import HERE, SHIPPED
from seqsal.options import DEFAULT_DATASETS
from seqsal.shared import fields
from seqsal.shared.named_paths import split_name

__all__ = ["HERE", "SHIPPED", "Prompts", "get_datasets"]


class Prompts(lit_dataset.Dataset):  # type: ignore[misc]
    """Prompts to explain, each with an optional target and a source."""

    def __init__(self, path: str, max_examples: int | None = None) -> None:
        """Loads a file.

        Args:
            path: a .jsonl or .txt file.
            max_examples: the maximum number of prompts to load; None for all.

        Raises:
            ValueError: the file cannot be read, or a line is malformed.
        """
        super().__init__(
            spec=_spec(), examples=files.read(pathlib.Path(path).expanduser())[:max_examples]
        )

    @classmethod
    def init_spec(cls) -> Mapping[str, Any]:
        """Returns the fields of LIT's Configure menu."""
        return {
            "path": lit_types.String(default="", required=True),
            "max_examples": lit_types.Integer(default=1000, min_val=1, required=False),
        }


def get_datasets(
    datasets_config: Sequence[str] | None = None, max_examples: int = 1000
) -> dict[str, lit_dataset.Dataset]:
    """Returns datasets of prompts by name.

    Args:
        datasets_config: `name:path` strings or names in `SHIPPED`; None for sample_prompts.
        max_examples: the maximum number of prompts to load from each file.

    Raises:
        ValueError: a file cannot be read, a line is malformed, or two datasets have the same
            name.
    """
    datasets: dict[str, lit_dataset.Dataset] = {}
    for config in DEFAULT_DATASETS if datasets_config is None else datasets_config:
        name, path = (
            (config, str(HERE / f"{config}.jsonl"))
            if config in SHIPPED
            else split_name(config, "dataset")
        )
        if name in datasets:
            raise ValueError(
                f"Dataset names must be unique; got {name!r} twice. Rename one of them."
            )
        datasets[name] = Prompts(path, max_examples)
    return datasets


def _spec() -> dict[str, lit_types.LitType]:
    return {
        fields.SOURCE: lit_types.CategoryLabel(),
        fields.PROMPT: lit_types.TextSegment(),
        fields.TARGET: lit_types.TextSegment(required=False),
    }
