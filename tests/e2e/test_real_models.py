"""The page over small models with real weights: SmolLM2-135M-Instruct and Gemma 3 270M."""

import json
import pathlib
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from benchmarks import case_studies
from tests.all_tests import only_in_all_tests
from tests.e2e.salience_page import PATIENCE, SaliencePage, View

Open = Callable[..., SaliencePage]

NOTES = (
    "Marta keeps bees. The library closes at six. Jonas teaches the violin. The ferry leaves from"
    " pier four. Ida paints landscapes. Peter repairs clocks."
)
QUESTION = "Who repairs clocks?"
FLAGS = (r"--stop=\n\n", "--shutdown_seconds=1")
TOKENS = 6_000
IN_ALL_TESTS = only_in_all_tests("takes minutes on one core")


@pytest.fixture(scope="module")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The flag of a data set with the published prompt and a chat."""
    published = {study.name: study.prompt for study in case_studies.STUDIES}
    return _dataset(
        tmp_path_factory.mktemp("prompts"),
        {"source": "fewshot-mistake", "prompt": published["fewshot-mistake"]},
        {"source": "fewshot-fixed", "prompt": published["fewshot-fixed"]},
        {"source": "chat", "messages": [_question(NOTES)]},
    )


def _question(context: str) -> dict[str, str]:
    return {"role": "user", "content": f"{context}\n\n{QUESTION}"}


def _dataset(folder: pathlib.Path, *records: dict[str, object]) -> str:
    path = folder / "real.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return f"--datasets=real:{path}"


def _explain_the_end(view: View) -> None:
    """Explains the last sentence of an answer, and waits for longer than tiny models need."""
    view.segments("target").last.click()
    readout = view.root.locator("seqsal-readout")
    expect(readout).to_contain_text("(evenly:", timeout=4 * PATIENCE)


def test_the_published_prompt_is_answered_and_explained(
    open_page: Open, smollm2: pathlib.Path, prompts: str
) -> None:
    view = (page := open_page(f"--models=smollm2:{smollm2}", prompts, *FLAGS)).view
    page.select("fewshot-mistake")
    view.wait_for_answer()
    view.choose("Sentences")
    recommendation = view.segment("target", "Recommendation")
    expect(recommendation).to_contain_text("You have to try it.")
    view.explain(recommendation)
    (selected,) = view.selected()
    assert any(view.heat()[:selected])
    assert view.strongest(1) != []


def test_the_sentence_that_holds_the_answer_is_the_strongest_in_a_chat(
    open_page: Open, smollm2: pathlib.Path, prompts: str
) -> None:
    view = (page := open_page(f"--models=smollm2:{smollm2}", prompts, *FLAGS)).view
    page.select("chat")
    view.wait_for_answer()
    view.choose("Sentences")
    expect(view.segments("target").last).to_contain_text("Peter")
    view.explain(view.segments("target").last)
    assert view.strongest(1) == ["Peter repairs clocks."]
    view.root.get_by_role("button", name="Check by removing").click()
    findings = view.root.locator("seqsal-findings")
    expect(findings).to_contain_text(
        re.compile("and removals (partly |dis)?agree"), timeout=PATIENCE
    )


@IN_ALL_TESTS
def test_a_prompt_of_6000_tokens_is_explained(
    open_page: Open, smollm2: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    filler = "The ferry to the island leaves at nine in the morning from the second pier. "
    # A token is about five characters of such text.
    long = _question(filler * (TOKENS * 5 // len(filler)) + NOTES)
    prompts = _dataset(tmp_path, {"source": "long", "messages": [long]})
    view = (page := open_page(f"--models=smollm2:{smollm2}", prompts, *FLAGS)).view
    page.select("long")
    view.segments("target").first.wait_for(timeout=4 * PATIENCE)
    view.choose("Sentences")
    _explain_the_end(view)
    assert any("Peter" in text for text in view.strongest(3))


@IN_ALL_TESTS
def test_two_real_models_are_shown_side_by_side(
    open_page: Open, smollm2: pathlib.Path, gemma3: pathlib.Path, prompts: str
) -> None:
    page = open_page(f"--models=smollm2:{smollm2},gemma3:{gemma3}", prompts, *FLAGS)
    page.tick("gemma3")
    page.select("fewshot-fixed")
    for view in page.wait_for_views(2):
        view.wait_for_answer()
        view.choose("Sentences")
        view.explain(view.segments("target").last)
        assert any(view.heat())
