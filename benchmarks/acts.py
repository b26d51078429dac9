"""From a heatmap to the compared heatmap of a changed prompt: the acts of a user.

    python -m benchmarks.acts

One server shows the published case studies in LIT 1.3.1's own layout and in ours, over the same
model. Headless Chromium starts at the heatmap of one segment of the answer, makes the change of
the case study, and ends when both prompts are on the screen, each with the heatmap of that segment
of its answer. A run fails if they are not.
"""

import argparse
import dataclasses
from typing import Final

from playwright.sync_api import Browser

from benchmarks.acts_pages import Acts, LitPage, OurPage
from benchmarks.pages import browsing, serving
from seqsal import datasets
from seqsal.datasets import files

PAGES: Final = {"LIT 1.3.1": LitPage, "seqsal": OurPage}
_SIZE: Final = {"width": 1600, "height": 900}
_PROMPTS: Final = {
    str(record["source"]): str(record["prompt"])
    for record in files.read(datasets.HERE / "published_prompts.jsonl")
}


@dataclasses.dataclass(frozen=True)
class Case:
    """A published prompt, and the change that its case study makes.

    Attributes:
        name: what is changed.
        source, result: the prompts before and after the change, by their names in the data set. Of
            prompts with as many lines, only the lines are changed that begin as `segment` does.
        unit: the granularity on our page: one whose segments have the change in one of them.
        segment: how the segment begins that has the change; '' if several have one.
        asked: how the segment of the answer begins whose heatmap is compared.
    """

    name: str
    source: str
    result: str
    unit: str
    segment: str
    asked: str

    @property
    def before(self) -> str:
        """The prompt before the change."""
        return _PROMPTS[self.source]

    @property
    def after(self) -> str:
        """The prompt after the change."""
        before, after = (_PROMPTS[name].split("\n") for name in (self.source, self.result))
        if len(before) != len(after):
            return "\n".join(after)
        pairs = zip(before, after, strict=True)
        return "\n".join(new if old.startswith(self.segment) else old for old, new in pairs)


CASES: Final = (
    Case(
        "few-shot mistake, corrected",
        *("fewshot-mistake", "fewshot-fixed"),
        unit="Sentences",
        segment="Recommendation: You have to try it.",
        asked="Recommendation",
    ),
    Case(
        "principles, added",
        *("fewshot-fixed", "principles-before"),
        unit="Sentences",
        segment="Analyze a menu item",
        asked="Recommendation",
    ),
    Case(
        "carnival booth, one note removed",
        *("booth-annotated", "booth-plain"),
        unit="Lines",
        segment="How much did the booth have to pay",
        asked="",
    ),
    Case(
        "carnival booth, all notes removed",
        *("booth-annotated", "booth-plain"),
        unit="Lines",
        segment="",  # The notes are in four lines.
        asked="",
    ),
)


def main() -> None:
    """Prints a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="embedded:small")
    server = serving("benchmarks.acts_server", "--model", parser.parse_args().model)
    with server as address, browsing() as browser:
        print(f"| | {' | '.join(f'{page}: acts' for page in PAGES)} | {' | '.join(PAGES)} |")
        print("| --- |" + " ---: |" * len(PAGES) + " --- |" * len(PAGES))
        for case in CASES:
            acts = [count(browser, address, page, case) for page in PAGES]
            cells = [str(each.number) for each in acts] + [str(each) for each in acts]
            print(f"| {case.name} | {' | '.join(cells)} |", flush=True)


def count(browser: Browser, address: str, page: str, case: Case) -> Acts:
    """Returns what a user does on one of the `PAGES` for a case.

    Raises:
        RuntimeError: what is on the screen in the end is not the compared heatmap.
    """
    context = browser.new_context(viewport=_SIZE)  # type: ignore[arg-type]
    try:
        shown = PAGES[page](context.new_page(), address)
        shown.explain(case.source, case.unit, case.asked)
        shown.acts.clear()
        shown.compare(case.segment, case.before, case.after, case.asked)
        sides = shown.compared()
    finally:
        context.close()
    for prompt in (case.before, case.after):
        # LIT's module leaves out line breaks, and shows special tokens.
        if not any(_letters(prompt) in _letters(side.text) for side in sides):
            raise RuntimeError(f"{page} does not show both prompts of {case.name!r}: {sides}")
    if not all(side.selected.startswith(case.asked) and side.selected for side in sides):
        raise RuntimeError(f"{page} does not show the heatmaps of {case.asked!r}: {sides}")
    return shown.acts


def _letters(text: str) -> str:
    return "".join(text.split())


if __name__ == "__main__":
    main()
