"""A store file that the code of schema version 1 wrote.

`fixtures/version_1.sqlite` was written by the `Store` of commit bf30718, which packed the scores of
both methods in one row. The values below are those that were written.
"""

import pathlib
import shutil
from collections.abc import Iterator

import numpy as np
import pytest
import sqlalchemy as sa

from seqsal.attribution.method import builtin_info
from seqsal.models.causal_lm import Encoding, Generation
from seqsal.store import trails
from seqsal.store.store import ModelStore, Store
from tests.store.samples import notes, objective, of_model, prompt

FIXTURE = pathlib.Path(__file__).with_name("fixtures") / "version_1.sqlite"
IDS, SELECTION = (3, 1, 4, 1, 5), (3, 4)


@pytest.fixture
def store(tmp_path: pathlib.Path) -> Iterator[Store]:
    """A copy of the file, opened."""
    file = shutil.copy(FIXTURE, tmp_path / "seqsal.sqlite")
    opened = Store(sa.URL.create("sqlite", database=str(file)), megabytes=100)
    yield opened
    opened.close()


@pytest.fixture
def model(store: Store) -> ModelStore:
    """The part of the model in the file."""
    return of_model(store, "fingerprint 1")


def test_prompts_are_read(store: Store) -> None:
    expected = prompt("Taste\n你好\ud83d", " eggs", source="tom")
    assert store.added_prompts("mine") == [expected]
    assert store.fault == ""


def test_trails_can_be_noted(store: Store) -> None:
    key = b"k" * 32
    store.write(lambda connection: trails.mark(connection, "mine", key, {"starred": True}))
    assert notes(store)[key].starred
    assert store.fault == ""


def test_answers_are_read_with_their_tokens_and_logprob(model: ModelStore) -> None:
    encoding = Encoding((7, 311, 5), (" eggs", "", "</s>"), (False, False, True))
    assert model.answers(["Taste"]) == {"Taste": [Generation(encoding, -1.5)]}


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("grad_l2", [0.1, 1e-45, 3.4e38, 0.0, 0.0]),
        ("grad_dot_input", [-0.1, -0.0, 1 / 3, 0.0, 0.0]),
    ],
)
def test_scores_are_read_bit_by_bit(
    model: ModelStore, method: str, expected: list[float | int]
) -> None:
    key = (objective(IDS, SELECTION), builtin_info(method))
    assert model.scores(IDS, [key])[key].tobytes() == np.array(expected, np.float32).tobytes()


def test_logprobs_are_read_bit_by_bit(model: ModelStore) -> None:
    found = model.logprobs(IDS, SELECTION)
    assert found is not None
    assert found.tobytes() == np.array([-1e-7, -3.25], np.float32).tobytes()


def test_new_scores_are_written_next_to_the_old_ones(store: Store, model: ModelStore) -> None:
    added = (objective(IDS, [1]), builtin_info("grad_l2"))
    model.add_scores(IDS, {added: np.ones(5, np.float32)})
    old = (objective(IDS, SELECTION), builtin_info("grad_l2"))
    assert set(model.scores(IDS, [added, old])) == {added, old}
    assert store.fault == ""
