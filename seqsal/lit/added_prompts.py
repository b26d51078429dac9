"""Stores the prompts that users add on the page, and restores them into their datasets."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from lit_nlp.api import dataset as lit_dataset

from seqsal.shared import fields
from seqsal.store.prompts import Prompt
from seqsal.store.store import Store

ADDED: Final = "added"
"""The source of an added prompt, unless the user gives another one."""

_FIELDS: Final = {fields.SOURCE, fields.PROMPT, fields.TARGET}


class AddedPrompts:
    """Added prompts by dataset, for datasets with the fields `source`, `prompt` and `target`."""

    def __init__(self, store: Store) -> None:
        """Initializes the prompts from the store that holds them."""
        self._store = store

    @property
    def fault(self) -> str:
        """Why the store cannot save now, in a few words; empty if it can."""
        return self._store.fault

    def set_sources(
        self, dataset: lit_dataset.Dataset, inputs: Sequence[Mapping[str, Any]]
    ) -> None:
        """Sets the `source` of new examples in place.

        An example that the dataset already has gets the same source, so that both are equal. The
        page copies the source of an edited example; a copy with another text gets the source
        "added" instead.

        Args:
            dataset: the dataset that they are added to.
            inputs: LIT's examples, each with its fields under "data".
        """
        if not _is_supported(dataset):
            return
        known = {_text(example): example[fields.SOURCE] for example in dataset.examples}
        taken = {"", ADDED, *known.values()}
        for data in _prompts(inputs):
            source = str(data.get(fields.SOURCE) or "")
            data[fields.TARGET] = data.get(fields.TARGET) or ""
            data[fields.SOURCE] = known.get(_text(data), ADDED if source in taken else source)

    def add(
        self, name: str, dataset: lit_dataset.Dataset, inputs: Sequence[Mapping[str, Any]]
    ) -> None:
        """Stores the new examples that the dataset does not have; returns once they are written.

        Args:
            name: the name of the dataset.
            dataset: the dataset that they are added to.
            inputs: LIT's examples, after `set_sources`.
        """
        if not _is_supported(dataset):
            return
        known = {_text(example) for example in dataset.examples}
        new = [
            Prompt(
                source=data[fields.SOURCE], prompt=data[fields.PROMPT], target=data[fields.TARGET]
            )
            for data in _prompts(inputs)
            if _text(data) not in known
        ]
        if new:
            self._store.add_prompts(name, new)

    def missing(self, name: str, dataset: lit_dataset.Dataset) -> list[dict[str, Any]]:
        """Returns the stored examples of a dataset that it does not have, the oldest first."""
        if not _is_supported(dataset):
            return []
        known = {_text(example) for example in dataset.examples}
        return [
            {fields.SOURCE: each.source, fields.PROMPT: each.prompt, fields.TARGET: each.target}
            for each in self._store.added_prompts(name)
            if (each.prompt, each.target) not in known
        ]


def _is_supported(dataset: lit_dataset.Dataset) -> bool:
    """Returns whether a dataset has no other fields; they would be lost."""
    return set(dataset.spec()) == _FIELDS


def _prompts(inputs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Returns the fields of those examples that are prompts; no others are stored."""
    return [
        data
        for data in (each["data"] for each in inputs)
        if isinstance(data.get(fields.PROMPT), str)
        and data[fields.PROMPT]
        and isinstance(data.get(fields.TARGET) or "", str)
    ]


def _text(example: Mapping[str, Any]) -> tuple[str, str]:
    return example[fields.PROMPT], example.get(fields.TARGET) or ""
