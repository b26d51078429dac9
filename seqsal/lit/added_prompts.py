"""Stores the prompts that users add on the page, and restores them into their datasets."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from lit_nlp.api import dataset as lit_dataset

from seqsal.shared import fields
from seqsal.store import keys
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
        self._restored: dict[str, dict[bytes, str]] = {}

    @property
    def store(self) -> Store:
        """The store that holds them."""
        return self._store

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
            inputs: LIT's examples, after `set_sources`. The example that one was made from is
                stored with it, if the dataset has it.
        """
        if not _is_supported(dataset):
            return
        known = {_text(example) for example in dataset.examples}
        index = getattr(dataset, "index", {})
        new = []
        for each in inputs:
            parent = index.get(each.get("meta", {}).get("parentId"))
            new += [
                Prompt(
                    source=data[fields.SOURCE],
                    prompt=data[fields.PROMPT],
                    target=data[fields.TARGET],
                    parent=parent and key_of(name, parent["data"]),
                )
                for data in _prompts([each])
                if _text(data) not in known
            ]
        if new:
            self._store.add_prompts(name, new)

    def missing(self, name: str, dataset: lit_dataset.Dataset) -> list[dict[str, Any]]:
        """Returns the stored examples of a dataset that it does not have, the oldest first.

        Each has LIT's `_meta`, with the id of the example that it was made from.
        """
        if not _is_supported(dataset):
            return []
        known = {_text(example) for example in dataset.examples}
        ids = {
            key_of(name, each["data"]): each["id"]
            for each in getattr(dataset, "indexed_examples", ())
        }
        examples = []
        for each in self._store.added_prompts(name):
            if (each.prompt, each.target) in known:
                continue
            example: dict[str, Any] = {
                fields.SOURCE: each.source,
                fields.PROMPT: each.prompt,
                fields.TARGET: each.target,
            }
            key, example_id = key_of(name, example), lit_dataset.input_hash(example)
            ids[key] = self._restored.setdefault(name, {})[key] = example_id
            parent = None if each.parent is None else ids.get(each.parent)
            meta = {"added": True, "source": "manual", "parentId": parent}
            examples.append({**example, lit_dataset.INPUT_META_FIELD: meta})
        return examples

    def deleted(self, name: str) -> set[str]:
        """Returns the ids of those examples that `missing` returned and that are deleted since."""
        restored = self._restored.get(name, {})
        keys_of_deleted = self._store.deleted_prompts(name, list(restored)) if restored else set()
        return {restored.pop(key) for key in keys_of_deleted if key in restored}


def key_of(name: str, example: Mapping[str, Any]) -> bytes:
    """Returns the store's key of an example of a dataset."""
    return keys.of_prompt(name, *_text(example))


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
