"""The three case studies of docs/tutorial.md: prompts and steps that tests and pictures share.

The texts to look for are read from the prompts, so that sample prompts can be replaced.
"""

import json
import pathlib
import re
from collections.abc import Iterable

from playwright.sync_api import expect

from tests.e2e.salience_page import PATIENCE, SaliencePage, View

MISTAKE, CORRECTED = "fewshot-mistake", "fewshot-fixed"
"""The same prompt, but for one line: the recommendation of an example."""

CONFLICT = "eggs"
"""What the guest of these prompts cannot eat."""

INSTRUCTION = (
    "Judge a dish from the menu for a guest.",
    "Advise a guest about a dish in a restaurant.",
)
"""The first line of the first case's prompt, and a replacement."""

NO_PRINCIPLES = CORRECTED
PRINCIPLES_FIRST, PRINCIPLES_LAST = "fewshot-constitution", "fewshot-constitution-moved"
"""The same prompt with principles before the examples, and after them."""

PRINCIPLE = "* The recommendation"
"""The beginning of the principle about the wording of the recommendation."""

PRINCIPLED = "suitable"
"""A word that the answer has because of this principle."""

ANNOTATED = "arithmetic-annotated-1"
"""A word problem whose steps have notes like <<6*8=48>>, with the right last step as its target."""

MODELS = ("small", "tiny")
"""The models of `make demo`; the first is ticked."""

_ROOT = pathlib.Path(__file__).parents[2]
_SAMPLES = _ROOT / "data/sample_prompts.jsonl"
_PROMPTS = {
    record["source"]: record
    for record in map(json.loads, _SAMPLES.read_text(encoding="utf-8").splitlines())
}


def prompt_of(source: str) -> str:
    """Returns a sample prompt."""
    return str(_PROMPTS[source]["prompt"])


def target_of(source: str) -> str:
    """Returns the target that a sample prompt comes with."""
    return str(_PROMPTS[source]["target"])


def wrong_line() -> str:
    """Returns the line of the first case's prompt that contradicts its own example."""
    return _only_line(MISTAKE, CORRECTED)


def corrected_line() -> str:
    """Returns the corrected line."""
    return _only_line(CORRECTED, MISTAKE)


def _only_line(source: str, other: str) -> str:
    (line,) = set(prompt_of(source).splitlines()) - set(prompt_of(other).splitlines())
    return line


def wrong_example() -> list[str]:
    """Returns the clauses of the example with the wrong line, in order."""
    examples = prompt_of(MISTAKE).split("\n\n")
    (example,) = (example for example in examples if wrong_line() in example)
    return example.splitlines()


def principle() -> str:
    """Returns the line of the principle about the wording of the recommendation."""
    lines = prompt_of(PRINCIPLES_FIRST).splitlines()
    return next(line for line in lines if line.startswith(PRINCIPLE))


def operands(answer: str) -> list[str]:
    """Returns the operands in an answer.

    >>> operands(" After the rent, $80 - $45 = $<<80-45=35>>35 is left.")
    ['80', '45']
    """
    return re.findall(r"\d+", answer.partition("=")[0])


def without_notes(prompt: str) -> str:
    """Returns a prompt without its calculation notes.

    >>> without_notes("6 x 8 = <<6*8=48>>48.")
    '6 x 8 = 48.'
    """
    return re.sub(r"<<[^>]*>>", "", prompt)


def open_answer(page: SaliencePage, source: str) -> str:
    """Clicks a prompt in the Data Table, and returns the answer below it."""
    page.open_tab("Examples")
    page.select(source)
    _wait_for_prompt(page.view, prompt_of(source))
    return page.view.text("target")


def explain_recommendation(view: View) -> None:
    """Clicks the recommendation of the answer in the sentence view."""
    view.choose("Sentences")
    view.explain(view.segment("target", "Recommendation"))


def explain_word(view: View, word: str) -> None:
    """Clicks a word of the answer in the word view, and returns to the sentence view."""
    view.choose("Words")
    view.explain(view.segments("target").filter(has_text=word).last)
    view.choose("Sentences")


def explain_result(view: View) -> None:
    """Clicks the last number of the answer in the word view."""
    view.choose("Words")
    view.explain(view.segments("target").filter(has_text=re.compile(r"\d")).last)


def replace_in_editor(page: SaliencePage, before: str, after: str) -> str:
    """Rewrites all of a text in the Datapoint Editor, adds the prompt, and returns its answer."""
    page.edit_prompt(lambda prompt: prompt.replace(before, after))
    return _add(page)


def remove_notes_in_editor(page: SaliencePage) -> str:
    """Removes the notes from the prompt in the Datapoint Editor, and returns the new answer."""
    page.edit_prompt(without_notes)
    return _add(page)


def _add(page: SaliencePage) -> str:
    page.add()
    view = page.views()[-1]  # A pinned example is to the left of it.
    _wait_for_prompt(view, page.prompt_box.input_value())
    return view.text("target")


def _wait_for_prompt(view: View, prompt: str) -> None:
    shown = view.root.locator("seqsal-text .prompt .flow")
    expect(shown).to_have_text(prompt, use_inner_text=True, timeout=PATIENCE)
    view.wait_for_answer()


def listed(shown: Iterable[str], *lines: str) -> list[str]:
    """Returns the entries of the list of the strongest segments that show some lines.

    >>> listed(["Taste-likes: Fish", "* Be brief…"], "* Be brief and kind.")
    ['* Be brief…']
    """
    return [text for text in shown if any(x.startswith(text.removesuffix("…")) for x in lines)]


def assert_quoted(answer: str) -> None:
    """Checks that the tutorial quotes the answer of the model.

    Raises:
        AssertionError: a line of the answer is not in the tutorial.
    """
    tutorial = (_ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
    for line in answer.strip().splitlines():
        assert line.strip() in tutorial, f"docs/tutorial.md does not quote {line!r}"
