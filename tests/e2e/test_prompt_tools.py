"""LIT's other tools for prompts, in the tabs next to our module."""

import json
from collections.abc import Callable

import pytest
import sacrebleu
from playwright.sync_api import Locator, Page, Request, expect
from rouge_score import rouge_scorer

import seqsal
from tests.e2e.salience_page import PATIENCE, SaliencePage

Open = Callable[..., SaliencePage]
FLAGS = ("--max_new_tokens=24",)


def _posts(page: Page, path: str) -> list[str]:
    """Returns a list that grows with the addresses of requests to a path."""
    seen: list[str] = []

    def note(request: Request) -> None:
        if path in request.url:
            seen.append(request.url)

    page.on("request", note)
    return seen


def _wait_for_points(module: Locator, *, other_than: str = "[]") -> str:
    """Waits for the points of an embedding, and returns them as JSON."""
    module.page.wait_for_function(
        """([module, previous]) => !module.isLoading &&
           !['[]', previous].includes(JSON.stringify(module.projectedPoints))""",
        arg=[module.element_handle(), other_than],
        timeout=PATIENCE,
    )
    return str(module.evaluate("module => JSON.stringify(module.projectedPoints)"))


def test_embeddings_show_a_point_for_each_prompt_and_find_neighbours(open_page: Open) -> None:
    page = open_page(*FLAGS)
    count = len(seqsal.get_datasets()["sample_prompts"])
    page.select("headline-1")
    page.open_tab("Embeddings")
    module = page.page.locator("embeddings-module")
    assert len(json.loads(_wait_for_points(module))) == count
    module.get_by_text("nearest neighbors").click()
    expect(page.page.get_by_text(f"10 of {count} selected")).to_be_visible(timeout=PATIENCE)


def test_embeddings_of_responses_are_shown_as_points(open_page: Open) -> None:
    page = open_page(*FLAGS)
    page.open_tab("Embeddings")
    module = page.page.locator("embeddings-module")
    of_prompts = _wait_for_points(module)
    answered = _posts(page.page, "/get_interpretations")
    module.locator("select").nth(1).select_option(label="small:response_embeddings")
    of_responses = _wait_for_points(module, other_than=of_prompts)
    assert len(answered) == 1
    assert len(json.loads(of_responses)) == len(seqsal.get_datasets()["sample_prompts"])


def _generate(page: SaliencePage, generator: str, substitutions: str = "") -> None:
    """Applies a generator to the selected prompt and adds the result."""
    page.open_tab("Generators")
    module = page.page.locator("generator-module")
    controls = module.locator("lit-interpreter-controls").filter(has_text=generator)
    controls.get_by_text(generator, exact=True).click()
    if substitutions:
        controls.locator("input.control").fill(substitutions)
    controls.get_by_role("button", name="Apply").click()
    module.get_by_role("button", name="Add all").click(timeout=PATIENCE)


@pytest.mark.parametrize("layout", ["left_right", "three_panel"])
def test_the_word_replacer_makes_a_new_prompt(open_page: Open, layout: str) -> None:
    page = open_page(*FLAGS, query=f"?layout={layout}")
    page.select("headline-1")
    page.view.wait_for_answer()
    _generate(page, "Word Replacer", "Millbrook -> Ravenna")
    text = page.view.root.locator("seqsal-text .prompt")
    expect(text).to_contain_text("town of Ravenna", timeout=PATIENCE)
    page.view.wait_for_answer()


def test_the_scrambler_leaves_an_empty_target_alone(open_page: Open) -> None:
    page = open_page(*FLAGS)
    page.select("uses-2")  # It has no target.
    page.view.wait_for_answer()
    before = page.view.text("prompt")
    _generate(page, "Scrambler")
    text = page.view.root.locator("seqsal-text .prompt .flow")
    expect(text).not_to_have_text(before, timeout=PATIENCE)
    assert sorted(page.view.text("prompt").split()) == sorted(before.split())


def test_metrics_equal_those_of_the_libraries_over_examples_with_a_target(open_page: Open) -> None:
    page = open_page(*FLAGS)
    requested = _posts(page.page, "/get_metrics")
    page.select("headline-1")
    page.view.wait_for_answer()
    assert requested == []  # A hidden tab must not make the model answer all prompts.
    page.open_tab("Metrics")
    row = page.page.locator("metrics-module tr", has_text="dataset")
    expect(row).to_contain_text("response", timeout=PATIENCE)
    cells = [cell.strip() for cell in row.locator("td").all_inner_texts()]

    records = [each for each in seqsal.get_datasets()["sample_prompts"].examples if each["target"]]
    model = seqsal.get_models(max_new_tokens=24)["small"]
    answers = [output["response"] for output in model.predict(records)]
    targets = [record["target"] for record in records]
    bleu = sacrebleu.raw_corpus_bleu(answers, [targets], 0.1).score
    scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=True)
    rouges = [
        scorer.score(target, answer)["rougeL"].fmeasure
        for target, answer in zip(targets, answers, strict=True)
    ]
    exact = sum(map(str.__eq__, answers, targets)) / len(targets)
    shown = [float(cell) for cell in cells[-3:]]
    expected = [bleu, sum(rouges) / len(rouges), exact]
    assert shown == pytest.approx(expected, abs=5e-4)
    assert 0 < exact < 1  # The metric is not trivial.
