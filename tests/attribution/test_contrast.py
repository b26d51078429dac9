"""Contrasts: the difference of two selections, on one sequence or on two."""

from typing import Any

import numpy as np
import pytest

from seqsal.attribution.contrast import Contrast
from seqsal.attribution.engine import Engine
from seqsal.attribution.explainer import Explainer
from seqsal.attribution.selection import TokenSelection
from seqsal.attribution.text_encoder import TextEncoder
from seqsal.models.causal_lm import GenerationOptions
from seqsal.models.objective import Objective, Term
from seqsal.models.transformers import HFCausalLM
from tests import tiny

PROMPT, TARGET = "Taste-likes: Cheese. The fox likes eggs.\nRecommendation:", " You try it."
SIGNED = ["linearized", "grad_dot_input"]


@pytest.fixture(scope="module")
def explainer() -> Explainer:
    lm = HFCausalLM(tiny.model("llama"), tiny.byte_level_tokenizer())
    return Explainer(TextEncoder(lm, GenerationOptions()), Engine(lm))


def _answer(explainer: Explainer) -> tuple[Any, TokenSelection]:
    encoding = explainer.sequence(PROMPT, TARGET)
    start = len(PROMPT)
    return encoding, TokenSelection.of_characters(encoding, start, start + len(TARGET))


def test_scores_of_another_token_are_the_difference_of_two_runs(explainer: Explainer) -> None:
    encoding, selection = _answer(explainer)
    one = TokenSelection(selection.positions[:1])
    (position,) = one.positions
    versus = explainer.token_contrast(encoding, one, 7)
    (found,) = explainer.scores(encoding, [one], SIGNED, versus=versus)
    other = Objective(frozenset({(Term(position, 7), 1.0)}))
    a, b = explainer._engine.scores(encoding.ids, [one.objective(encoding.ids), other], SIGNED)
    for method in SIGNED:
        np.testing.assert_allclose(found[method], a[method] - b[method], rtol=1e-3, atol=1e-5)
    logprobs = explainer.contrast_logprobs(encoding, one, versus)
    assert logprobs[0] == pytest.approx(
        float(explainer._engine.logprobs(encoding.ids, [position])[0]), rel=1e-5
    )
    assert logprobs[0] != logprobs[1]


@pytest.mark.parametrize("method", ["linearized", "grad_dot_input", "integrated_gradients"])
def test_scores_of_another_text_are_the_difference_of_two_runs(
    explainer: Explainer, method: str
) -> None:
    encoding, selection = _answer(explainer)
    versus = explainer.text_contrast(PROMPT, TARGET, selection, " Avoid.")
    (found,) = explainer.scores(encoding, [selection], [method], versus=versus)
    other = explainer.sequence(PROMPT, " Avoid.")
    chosen = TokenSelection.of_characters(other, len(PROMPT), len(PROMPT) + 7)
    (a,) = explainer.scores(encoding, [selection], [method])
    (b,) = explainer.scores(other, [chosen], [method])
    shared = versus.shared_with(encoding.ids)
    assert 5 < shared <= selection.positions[0]
    expected = a[method][:shared] - b[method][:shared]
    noise = 1e-4 * float(np.abs(expected).max())
    np.testing.assert_allclose(found[method][:shared], expected, rtol=1e-3, atol=noise)
    assert not found[method][shared:].any()


def test_the_norm_is_of_the_difference_of_the_gradients(explainer: Explainer) -> None:
    encoding, selection = _answer(explainer)
    versus = explainer.text_contrast(PROMPT, TARGET, selection, " Avoid.")
    (found,) = explainer.scores(encoding, [selection], ["grad_l2"], versus=versus)
    lm, shared = explainer._encoder.lm, versus.shared_with(encoding.ids)
    one = lm.trace(encoding.ids).gradients([selection.objective(encoding.ids)])[0]
    other = lm.trace(versus.ids).gradients([versus.objective])[0]
    expected = (one[:shared] - other[:shared]).norm(dim=-1)
    np.testing.assert_allclose(found["grad_l2"][:shared], expected, rtol=1e-3, atol=1e-6)


def test_ablation_and_removals_take_contrasts(explainer: Explainer) -> None:
    encoding, selection = _answer(explainer)
    versus = explainer.text_contrast(PROMPT, TARGET, selection, " Avoid.")
    segments = ((1, 6), (6, 12))
    (found,) = explainer.scores(
        encoding, [selection], ["ablation"], segments=segments, versus=versus
    )
    effects = list(explainer.removal_effects(encoding, selection, [(s,) for s in segments], versus))
    own = list(explainer.removal_effects(encoding, selection, [(s,) for s in segments]))
    other = explainer.sequence(PROMPT, " Avoid.")
    chosen = TokenSelection.of_characters(other, len(PROMPT), len(PROMPT) + 7)
    minus = list(explainer.removal_effects(other, chosen, [(s,) for s in segments]))
    np.testing.assert_allclose(effects, np.subtract(own, minus), rtol=1e-4, atol=1e-5)
    sums = [float(found["ablation"][start:end].sum()) for start, end in segments]
    np.testing.assert_allclose(sums, effects, rtol=1e-4, atol=1e-5)


def test_an_invalid_contrast_is_rejected(explainer: Explainer) -> None:
    encoding, selection = _answer(explainer)
    one = TokenSelection(selection.positions[:1])
    cases: list[tuple[str, Any]] = [
        ("must differ from the selected one", lambda: explainer.token_contrast(
            encoding, one, encoding.ids[one.positions[0]])),
        ("needs a selection of one token", lambda: explainer.token_contrast(
            encoding, selection, 7)),
        ("has no token 9999", lambda: explainer.token_contrast(encoding, one, 9999)),
        ("has no token -1", lambda: explainer.token_contrast(encoding, one, -1)),
        ("is empty", lambda: explainer.text_contrast(PROMPT, TARGET, selection, "")),
        ("must differ from the selection", lambda: explainer.text_contrast(
            PROMPT, TARGET, selection, TARGET)),
        ("needs a selection in the target", lambda: explainer.text_contrast(
            PROMPT, TARGET, TokenSelection((3,)), "x")),
        ("needs one run of selected tokens", lambda: explainer.text_contrast(
            PROMPT, TARGET, TokenSelection((selection.positions[0], selection.positions[2])), "x")),
    ]  # fmt: skip
    for message, make in cases:
        with pytest.raises(ValueError, match=message):
            make()


def test_segments_outside_of_the_shared_text_are_rejected(explainer: Explainer) -> None:
    encoding, selection = _answer(explainer)
    versus = Contrast((*encoding.ids[:9], 7, 8), Objective.of_tokens((*encoding.ids[:9], 7), [9]))
    with pytest.raises(ValueError, match="the first 9 tokens; one ends at 12"):
        explainer.scores(encoding, [selection], ["ablation"], segments=((6, 12),), versus=versus)
