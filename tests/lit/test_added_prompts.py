"""Prompts that users add, over LIT's own datasets and a real store."""

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
from lit_nlp.api import dataset as lit_dataset
from lit_nlp.api import types as lit_types

from seqsal.datasets import Prompts
from seqsal.lit.added_prompts import AddedPrompts
from seqsal.store.store import Store, open_store


@pytest.fixture
def store(tmp_path: pathlib.Path) -> Iterator[Store]:
    opened = open_store(str(tmp_path / "store"), 1)
    assert opened is not None
    yield opened
    opened.close()


@pytest.fixture
def dataset(tmp_path: pathlib.Path) -> Prompts:
    file = tmp_path / "mine.jsonl"
    file.write_text(
        '{"source": "tarts", "prompt": "Taste", "target": " eggs"}\n'
        '{"source": "soups", "prompt": "Soup"}\n'
    )
    return Prompts(str(file))


def _input(prompt: Any, target: Any = "", source: Any = "tarts") -> dict[str, Any]:
    return {"data": {"source": source, "prompt": prompt, "target": target}, "id": "", "meta": {}}


def _added(store: Store, dataset: lit_dataset.Dataset, *inputs: dict[str, Any]) -> Any:
    added = AddedPrompts(store)
    added.set_sources(dataset, inputs)
    added.add("mine", dataset, inputs)
    missing = AddedPrompts(store).missing("mine", dataset)
    for each in missing:
        assert each.pop("_meta") == {"added": True, "source": "manual", "parentId": None}
    return missing


def test_an_edited_copy_of_an_example_gets_the_source_added(store: Store, dataset: Prompts) -> None:
    inputs = [_input("Taste", " no eggs"), _input("New"), _input("Mine", source="tom")]
    assert _added(store, dataset, *inputs) == [each["data"] for each in inputs]
    assert [each["data"]["source"] for each in inputs] == ["added", "added", "tom"]


def test_an_example_of_the_dataset_is_not_stored(store: Store, dataset: Prompts) -> None:
    same = _input("Taste", " eggs", source="soups")
    assert _added(store, dataset, same) == []
    assert same["data"]["source"] == "tarts"


def test_a_prompt_without_other_fields_gets_all_fields(store: Store, dataset: Prompts) -> None:
    bare = {"data": {"prompt": "New"}, "id": "", "meta": {}}
    assert _added(store, dataset, bare) == [{"source": "added", "prompt": "New", "target": ""}]


@pytest.mark.parametrize("prompt", ["", None, 3, ["a"]])
def test_an_example_that_is_not_a_prompt_is_not_stored(
    store: Store, dataset: Prompts, prompt: Any
) -> None:
    assert _added(store, dataset, _input(prompt)) == []


def test_examples_with_other_fields_are_not_stored(store: Store) -> None:
    spec = {"prompt": lit_types.TextSegment(), "label": lit_types.CategoryLabel()}
    other = lit_dataset.Dataset(spec=spec, examples=[{"prompt": "a", "label": "b"}])
    example = {"data": {"prompt": "New", "label": "c"}, "id": "", "meta": {}}
    assert _added(store, other, example) == []
    assert example["data"] == {"prompt": "New", "label": "c"}
