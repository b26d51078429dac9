"""The prompts that users add on the page: kept in the store, and put back into their datasets."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from lit_nlp.api import dataset as lit_dataset

from seqsal.shared import fields as spec
from seqsal.store.prompts import Prompt
from seqsal.store.store import Store

ADDED: Final = "added"
"""The source of an added prompt, unless the user gave it one of its own."""

_FIELDS: Final = {spec.SOURCE, spec.PROMPT, spec.TARGET}


class AddedPrompts:
    """Users' prompts by dataset, for datasets of `source`, `prompt` and `target`."""

    def __init__(self, store: Store) -> None:
        """Takes the store that keeps them."""
        self._store = store

    @property
    def fault(self) -> str:
        """Why nothing is kept now, in a few words; empty where all is well."""
        return self._store.fault

    def mark(self, dataset: lit_dataset.Dataset, inputs: Sequence[Mapping[str, Any]]) -> None:
        """Gives new examples the source by which they are known from now on, in place.

        One that the dataset has already gets that one's source, so that both are one. A copy of
        another example has that one's source until it is told apart here.

        Args:
            dataset: what they are added to.
            inputs: LIT's examples: each has its fields under "data".
        """
        if not _takes(dataset):
            return
        known = {_text(example): example[spec.SOURCE] for example in dataset.examples}
        taken = {"", ADDED, *known.values()}
        for data in _prompts(inputs):
            source = str(data.get(spec.SOURCE) or "")
            data[spec.TARGET] = data.get(spec.TARGET) or ""
            data[spec.SOURCE] = known.get(_text(data), ADDED if source in taken else source)

    def keep(
        self, name: str, dataset: lit_dataset.Dataset, inputs: Sequence[Mapping[str, Any]]
    ) -> None:
        """Keeps new examples that the dataset does not have; returns once they are written.

        Args:
            name: the dataset's name.
            dataset: what they are added to.
            inputs: LIT's examples, marked.
        """
        if not _takes(dataset):
            return
        known = {_text(example) for example in dataset.examples}
        new = [
            Prompt(source=data[spec.SOURCE], prompt=data[spec.PROMPT], target=data[spec.TARGET])
            for data in _prompts(inputs)
            if _text(data) not in known
        ]
        if new:
            self._store.add_prompts(name, new)

    def missing(self, name: str, dataset: lit_dataset.Dataset) -> list[dict[str, Any]]:
        """Returns the examples that were added to a dataset, as far as it does not have them.

        The oldest comes first.
        """
        if not _takes(dataset):
            return []
        known = {_text(example) for example in dataset.examples}
        return [
            {spec.SOURCE: each.source, spec.PROMPT: each.prompt, spec.TARGET: each.target}
            for each in self._store.added_prompts(name)
            if (each.prompt, each.target) not in known
        ]


def _takes(dataset: lit_dataset.Dataset) -> bool:
    """Returns whether the prompts of a dataset have no other fields, which would be lost."""
    return set(dataset.spec()) == _FIELDS


def _prompts(inputs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Returns the fields of those examples that are prompts; anything else is not kept."""
    return [
        data
        for data in (each["data"] for each in inputs)
        if isinstance(data.get(spec.PROMPT), str)
        and data[spec.PROMPT]
        and isinstance(data.get(spec.TARGET) or "", str)
    ]


def _text(example: Mapping[str, Any]) -> tuple[str, str]:
    return example[spec.PROMPT], example.get(spec.TARGET) or ""
