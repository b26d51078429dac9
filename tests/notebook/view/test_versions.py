"""The versions of a prompt in a view: `edit`, `revert` and `trail`, without a page."""

from collections.abc import Iterator

import pytest

import seqsal
from seqsal.models.transformers import HFCausalLM
from seqsal.notebook.view.widget import SalienceView

PROMPT = "Taste-likes: Cheese\nAnalysis:"


@pytest.fixture
def view(lm: HFCausalLM) -> Iterator[SalienceView]:
    view = seqsal.view(lm, PROMPT, max_new_tokens=4)
    yield view
    view.close()


def test_a_trail_has_each_version_once_with_its_answer(lm: HFCausalLM, view: SalienceView) -> None:
    view.edit("Cheese", "Fish")
    view.edit("Fish", "Milk")
    view.revert()
    assert view.prompt == PROMPT.replace("Cheese", "Fish")
    view.edit("Fish", "Milk")  # Known already.
    prompts = [PROMPT.replace("Cheese", dish) for dish in ("Cheese", "Fish", "Milk")]
    trail = view.trail
    assert [each.prompt for each in trail] == prompts
    for result in trail:
        assert result.target == seqsal.explain(lm, result.prompt, max_new_tokens=4).target
    view.revert()
    view.revert()
    assert view.prompt == PROMPT
    with pytest.raises(ValueError, match="first version of the prompt"):
        view.revert()


def test_a_trail_has_the_scores_that_were_seen(view: SalienceView) -> None:
    view.selection = [(len(PROMPT), len(PROMPT) + 1)]
    scores = view.scores["grad_l2"]
    view.edit("Cheese", "Fish")
    assert view.selection == ()
    first, second = view.trail
    assert (first.salience[0].scores["grad_l2"] == scores).all()
    assert not second.selected


@pytest.mark.parametrize(("old", "count"), [("Apples", 0), ("e", 5), ("", 0)])
def test_a_text_that_is_not_there_once_is_not_replaced(
    view: SalienceView, old: str, count: int
) -> None:
    with pytest.raises(ValueError, match=f"occurs {count} times"):
        view.edit(old, "x")
    assert view.prompt == PROMPT


def test_an_edit_that_empties_the_prompt_is_refused(view: SalienceView) -> None:
    with pytest.raises(ValueError, match="The prompt is empty"):
        view.edit(PROMPT, "")
    assert view.prompt == PROMPT
    assert len(view.trail) == 1
