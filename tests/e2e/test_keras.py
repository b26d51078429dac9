"""The main flow over a model on Keras, with the weights that ship with seqsal."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.salience_page import PATIENCE, SaliencePage

Open = Callable[..., SaliencePage]


def test_a_keras_model_answers_and_its_answer_is_explained(open_page: Open) -> None:
    page = open_page("--dl_framework=kerasnlp", "--dl_runtime=tensorflow")
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    answer = page.view.text("target")
    assert "Recommendation" in answer  # What the same weights say on Transformers.
    page.view.choose("Sentences")
    page.view.explain(page.view.segment("target", "Recommendation"))
    (selected,) = page.view.selected()
    heat = page.view.heat()
    assert sum(heat[:selected]) > 10
    assert not any(heat[selected:])

    page.edit_prompt(lambda prompt: prompt.replace("Quiche Lorraine", "Tomato soup 🍅"))
    page.add()
    expect(page.view.root.locator("seqsal-text .prompt")).to_contain_text("🍅", timeout=PATIENCE)
    page.view.wait_for_answer()
    assert page.view.text("prompt") == page.prompt_box.input_value()
    page.view.choose("Words")
    page.view.explain(page.view.segments("target").last)
    assert any(page.view.heat())
