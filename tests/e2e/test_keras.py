"""The main flow over a model on Keras, with the weights that ship with seqsal."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.all_tests import only_in_all_tests
from tests.e2e.salience_page import PATIENCE, SaliencePage

Open = Callable[..., SaliencePage]
FLAGS = (
    "--models=first:embedded:small,second:embedded:small",
    "--max_examples=2",
    "--dl_framework=kerasnlp",
)
"""The same weights under two names, and the prompts fewshot-mistake and fewshot-fixed."""
RUNTIMES = [
    "torch",
    pytest.param("tensorflow", marks=only_in_all_tests("TensorFlow compiles for half a minute")),
]


@pytest.fixture(params=RUNTIMES)
def flags(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return (*FLAGS, f"--dl_runtime={request.param}")


def test_a_keras_model_answers_and_its_answer_is_explained(
    open_page: Open, flags: tuple[str, ...]
) -> None:
    page = open_page(*flags, query="?models=first")
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    answer = page.view.text("target")
    assert "Recommendation" in answer  # As the same weights answer on Transformers.
    page.view.choose("Sentences")
    page.view.explain(page.view.segment("target", "Recommendation"))
    (selected,) = page.view.selected()
    assert any(page.view.heat()[:selected])
    page.view.choose("Grad L2")  # It has no sign: nearly all segments have some heat.
    page.view.wait_for_heat()
    heat = page.view.heat()
    assert sum(heat[:selected]) > 10
    assert not any(heat[selected:])

    page.answer_another_dish()


def test_two_keras_models_are_compared_side_by_side(
    open_page: Open, flags: tuple[str, ...]
) -> None:
    page = open_page(*flags, query="?models=first,second")
    page.select("fewshot-fixed")
    expect(page.page.locator("seqsal-module")).to_have_count(2, timeout=PATIENCE)
    first, second = page.views()
    for view in (first, second):
        view.wait_for_answer()
    assert first.text("target") == second.text("target")
    second.choose("Sentences")
    second.explain(second.segments("target").last)
    assert any(second.heat())
    assert not any(first.heat())
