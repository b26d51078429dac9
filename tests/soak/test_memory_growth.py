"""A day of use in fast motion leaves the server as large as it was."""

import pathlib
import random
from collections.abc import Iterator

import pytest

from tests.soak.conftest import PROMPTS, Server, serving
from tests.soak.sizes import GROWTH_REQUESTS, GROWTH_WARM_UP

MOST = 0.05
"""Growth of the memory, as a share of what it was after the warm-up."""
SEQUENCES = 80
"""Prompts explained in the warm-up: more than the cached forward passes."""


@pytest.fixture
def server(
    checkpoint: pathlib.Path, home: pathlib.Path, tmp_path: pathlib.Path
) -> Iterator[Server]:
    """A server with the default options."""
    with serving(checkpoint, home, tmp_path) as running:
        yield running


def test_memory_does_not_grow_with_requests(server: Server) -> None:
    randomly = random.Random(7)
    for number in range(
        SEQUENCES
    ):  # As many as are cached: after that, each new one evicts another.
        assert server.explain(_new(PROMPTS[0], -number)).status == 200
    for number in range(GROWTH_WARM_UP):
        _ask(server, randomly, number)
    before = server.process.memory_info().rss
    for number in range(GROWTH_REQUESTS):
        _ask(server, randomly, GROWTH_WARM_UP + number)
    after = server.process.memory_info().rss
    growth = after / before - 1
    print(
        f"{GROWTH_REQUESTS} requests: {before / 1e6:.0f} MB before, {after / 1e6:.0f} MB after,"
        f" {growth:+.1%}"
    )
    assert growth < MOST


def _ask(server: Server, randomly: random.Random, number: int) -> None:
    """Does one of the things that a page does all day.

    One in four is about a new prompt, and so is everything that is explained: that costs most.
    """
    prompt, kind = randomly.choice(PROMPTS), number % 7
    if number % 4 == 0 or kind in (4, 5):
        prompt = _new(prompt, number)
    if kind == 0:
        assert server.ask("/", method="GET").status == 200
    elif kind == 1:
        assert server.ask("/get_dataset?dataset_name=mine").status == 200
    elif kind == 2:
        server.predict("tiny", prompt=prompt)
    elif kind == 3:
        server.predict("_tiny_tokenizer", prompt=prompt, target=" eggs")
    elif kind in (4, 5):
        assert server.explain(prompt).status == 200
    else:
        job = {"kind": "generation", "model": "tiny", "record": {"prompt": ""}}
        assert "reference" in server.ask("/seqsal/jobs", job).text


def _new(prompt: str, number: int) -> str:
    """Returns a new prompt, nearly as long as the model's context."""
    return f"{prompt} {number} " + "and 7 other dishes " * 4
