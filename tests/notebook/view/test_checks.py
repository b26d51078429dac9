"""Checks by removal, and contrasts, as the page asks for them."""

import numpy as np
import pytest

import seqsal
from seqsal.attribution.explainers import get_explainer
from seqsal.attribution.selection import TokenSelection
from seqsal.models.transformers import HFCausalLM
from seqsal.notebook.view.widget import SalienceView
from seqsal.results.export.saved_json import format as saved_json
from seqsal.results.result import Result
from tests import reasoning
from tests.notebook.view.page import PROMPT, TARGET, Page


def test_the_effects_of_removals_arrive_one_by_one_and_are_saved(
    lm: HFCausalLM, view: SalienceView, page: Page
) -> None:
    end, segments = len(view.tokens), [[1, 5], [5, 9]]
    removals = [[segments[0]], [segments[1]], [[1, 9]]]
    view.selection = (len(PROMPT + TARGET) - 1, len(PROMPT + TARGET))
    text = {"prompt": PROMPT, "target": TARGET, "selection": [[end - 1, end]]}
    page.ask("removals", {**text, "segments": segments, "removals": removals})
    results = [m["value"] for m, _ in page.heard if m.get("type") == "progress"]
    effects = [each["effect"] for each in results if each["event"] == "result"]
    assert [each["index"] for each in results if each["event"] == "result"] == [0, 1, 2]
    explainer = get_explainer(lm)
    encoding = explainer.sequence(PROMPT, TARGET)
    selection = TokenSelection.from_ranges([(end - 1, end)])
    alone = [*explainer.removal_effects(encoding, selection, [((1, 5),), ((5, 9),), ((1, 9),)])]
    assert effects == pytest.approx(alone, abs=1e-4)
    (check,) = view.result.salience[0].checks
    assert check.segments == ((1, 5), (5, 9)) and check.effects == tuple(effects[:2])
    assert check.together[0].removed == ((1, 9),) and check.together[0].effect == effects[2]
    assert saved_json.loads(view.result.to_json())["salience"][0]["checks"]


def test_the_totals_of_a_map_are_saved_with_its_scores(
    lm: HFCausalLM, view: SalienceView, page: Page
) -> None:
    end = len(view.tokens)
    view.selection = (len(PROMPT + TARGET) - 1, len(PROMPT + TARGET))
    text = {"prompt": PROMPT, "target": TARGET, "selection": [[end - 1, end]]}
    answer, _ = page.ask("totals", {**text, "methods": ["linearized", "grad_l2"]})
    totals = answer["value"]["totals"]
    assert list(totals) == ["linearized"]
    explainer = get_explainer(lm)
    encoding = explainer.sequence(PROMPT, TARGET)
    alone = explainer.totals(encoding, TokenSelection.from_ranges([(end - 1, end)]))
    assert totals == pytest.approx(alone, rel=1e-4)
    assert view.result.totals == totals
    assert saved_json.loads(view.result.to_json())["salience"][0]["totals"]


def test_a_contrast_has_scores_and_both_log_probabilities(view: SalienceView, page: Page) -> None:
    end = len(view.tokens)
    text = {"prompt": PROMPT, "target": TARGET}
    answer, _ = page.ask("alternatives", {**text, "position": end - 1})
    alternatives = answer["value"]["alternatives"]
    assert len(alternatives) == 10
    other = next(each for each in alternatives if each["text"] != view.tokens[-1])
    versus = {"text": other["text"], "token": other["id"]}
    request = {**text, "selections": [[[end - 1, end]]], "methods": ["linearized"]}
    answer, (numbers,) = page.ask("salience", {**request, "versus": versus})
    scores = np.frombuffer(numbers, np.float32).reshape(-1, end)
    assert "linearized" in answer["value"]["methods"] and np.any(scores)
    assert answer["value"]["logprobs"][1] == pytest.approx(other["logprob"], abs=1e-4)
    view.selection = (len(PROMPT + TARGET) - 1, len(PROMPT + TARGET))
    contrasts = [each.contrast for each in view.result.salience if each.contrast]
    assert [each.text for each in contrasts] == [other["text"]]


def test_contrasts_with_tokens_of_the_same_text_have_scores_of_their_own(
    view: SalienceView, page: Page
) -> None:
    """As of two end tokens, whose text is ''."""
    end = len(view.tokens)
    text = {"prompt": PROMPT, "target": TARGET}
    request = {**text, "selections": [[[end - 1, end]]], "methods": ["linearized"]}
    rows, sides = [], []
    for token in (7, 8):
        versus = {"text": "", "token": token}
        answer, (numbers,) = page.ask("salience", {**request, "versus": versus})
        rows.append(np.frombuffer(numbers, np.float32))
        sides.append(answer["value"]["logprobs"])
        removal = {**text, "selection": [[end - 1, end]], "segments": [[1, 5]], "versus": versus}
        page.ask("removals", {**removal, "removals": [[[1, 5]]]})
    assert sides[0][0] == sides[1][0] and sides[0][1] != sides[1][1]
    assert not np.allclose(rows[0], rows[1])
    saved = [each for each in Result.from_json(view.result.to_json()).salience if each.contrast]
    assert [each.contrast.token for each in saved if each.contrast] == [8, 7]
    effects = [each.checks[0].effects for each in saved]
    assert effects[0] != effects[1]


def test_segments_in_which_the_texts_of_a_contrast_begin_to_differ_have_no_score(
    lm: HFCausalLM, view: SalienceView, page: Page
) -> None:
    """The token " t" before the selection "ar" becomes " the" with the other text "he"."""
    start = view.tokens.index(" t") + 1
    text = {"prompt": PROMPT, "target": TARGET, "versus": {"text": "he", "token": None}}
    segments = [[1, 5], [start - 2, start - 1], [start - 1, start]]
    request = {"selections": [[[start, start + 1]]], "segments": segments}
    answer, (numbers,) = page.ask("salience", {**text, **request, "methods": ["ablation"]})
    assert answer["type"] == "answer", answer
    assert answer["value"]["shared"] == start - 1
    (scores,) = np.frombuffer(numbers, np.float32).reshape(-1, len(view.tokens))
    explainer = get_explainer(lm)
    encoding, selection = explainer.sequence(PROMPT, TARGET), TokenSelection((start,))
    versus = explainer.text_contrast(PROMPT, TARGET, selection, "he")
    removals = [((1, 5),), ((start - 2, start - 1),)]
    effects = [*explainer.removal_effects(encoding, selection, removals, versus)]
    sums = [float(scores[slice(*segment)].sum()) for segment in segments]
    assert sums == pytest.approx([*effects, 0], abs=1e-4) and np.all(effects)
    (contrast,) = (each.contrast for each in view.result.salience if each.contrast)
    assert contrast.shared == start - 1


def test_the_result_of_a_view_measures_removals_with_its_model(
    lm: HFCausalLM, view: SalienceView
) -> None:
    view.selection = "Recommendation: Avoid."
    expected = seqsal.explain(lm, PROMPT, TARGET, select="Recommendation: Avoid.").faithfulness()
    table = view.result.faithfulness(method="linearized")
    assert table.effect.tolist() == pytest.approx(expected.effect.tolist(), rel=1e-4, abs=1e-5)
    assert table.attrs["effect_of_top"] == pytest.approx(expected.attrs["effect_of_top"], rel=1e-4)
    assert view.trail[0].faithfulness().effect.tolist() == table.effect.tolist()


def test_a_contrast_with_the_same_text_is_an_error_and_nothing_is_lost(
    view: SalienceView, page: Page
) -> None:
    end = len(view.tokens)
    view.selection = (len(PROMPT + TARGET) - 1, len(PROMPT + TARGET))
    request = {"prompt": PROMPT, "target": TARGET, "selections": [[[end - 1, end]]]}
    versus = {"text": view.tokens[-1], "token": None}
    answer, _ = page.ask("salience", {**request, "methods": ["grad_l2"], "versus": versus})
    assert answer["type"] == "error" and "must differ from the selection" in answer["reason"]
    assert view.scores


@pytest.mark.parametrize("through", [False, True])
@pytest.mark.parametrize("against", [None, "She came."])
def test_a_check_is_saved_with_the_map_that_was_shown(
    through: bool, against: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = "<think>Rain.</think>It rained. So."
    view = seqsal.view(reasoning.lm(), "user:\nWhy?", target)
    page = Page(view, monkeypatch)
    view.selection = "It rained."
    (selected,) = view.result.selection
    versus = {"versus": {"text": against, "token": None}} if against else {}
    text = {"prompt": view.prompt, "target": target, **versus}
    selections = {"selections": [[list(selected)]], "methods": ["grad_l2"]}
    for passed in (True, False):
        page.ask("salience", {**text, **selections, "through": passed})
    segments = [list(view.result.messages[0].to_json()["tokens"])]
    request = {**text, "selection": [list(selected)], "segments": segments, "through": through}
    page.ask("removals", {**request, "removals": [segments]})
    view.choices = {"thinking": "passed on"} if through else {}
    saved = Result.from_json(view.result.to_json())
    view.close()
    for each in saved.salience:
        text_of_contrast = None if each.contrast is None else each.contrast.text
        checked = (each.through_thinking, text_of_contrast) == (through, against)
        assert [check.segments for check in each.checks] == ([(tuple(segments[0]),)] * checked)
    assert sum(len(each.checks) for each in saved.salience) == 1


def test_a_check_of_a_contrast_whose_scores_are_not_cached_is_saved_with_it(
    view: SalienceView, page: Page
) -> None:
    end = len(view.tokens)
    view.selection = (len(PROMPT + TARGET) - 1, len(PROMPT + TARGET))
    text = {"prompt": PROMPT, "target": TARGET, "versus": {"text": "!", "token": None}}
    request = {**text, "selection": [[end - 1, end]], "segments": [[1, 5]]}
    page.ask("removals", {**request, "removals": [[[1, 5]]]})
    (contrast,) = (each for each in view.result.salience if each.checks)
    assert contrast.contrast is not None and contrast.contrast.text == "!"
