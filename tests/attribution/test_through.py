"""Scores that are passed on through the thinking, against passes that are combined by hand."""

import dataclasses

import numpy as np
import pytest

from seqsal.attribution.caches.results import ScoreKey
from seqsal.attribution.engine import Engine
from seqsal.attribution.explainer import Explainer
from seqsal.attribution.methods.integrated_gradients import IntegratedGradients
from seqsal.attribution.registry import AnyMethod
from seqsal.attribution.selection import TokenSelection
from seqsal.attribution.text_encoder import TextEncoder
from seqsal.attribution.through import Through, pass_on
from seqsal.models.arrays import NumpyArray
from seqsal.models.causal_lm import Encoding, GenerationOptions
from seqsal.models.objective import Objective, Term
from seqsal.models.transformers import HFCausalLM
from tests import reasoning

PROMPT = "user:\nWho came, Ann or Bea?"
TARGET = "<think>Bea likes cheese.</think>\n\nSo Ann came. It is a fox."
METHODS: list[str | AnyMethod] = ["linearized", "grad_l2", "grad_dot_input", IntegratedGradients(4)]
NAMES = ["linearized", "grad_l2", "grad_dot_input", "integrated_gradients"]


class _Memory:
    """Keeps scores, and counts what it is asked to keep."""

    def __init__(self) -> None:
        self.kept: dict[tuple[tuple[int, ...], ScoreKey], NumpyArray] = {}

    def answers(self, *_: object) -> dict[str, list[object]]:
        return {}

    def add_answers(self, *_: object) -> None: ...

    def scores(self, ids: tuple[int, ...], keys: list[ScoreKey]) -> dict[ScoreKey, NumpyArray]:
        return {key: self.kept[ids, key] for key in keys if (ids, key) in self.kept}

    def add_scores(self, ids: tuple[int, ...], added: dict[ScoreKey, NumpyArray]) -> None:
        self.kept |= {(ids, key): row for key, row in added.items()}

    def logprobs(self, *_: object) -> None: ...

    def add_logprobs(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def lm() -> HFCausalLM:
    return reasoning.lm()


@pytest.fixture
def memory() -> _Memory:
    return _Memory()


@pytest.fixture
def explainer(lm: HFCausalLM, memory: _Memory) -> Explainer:
    return Explainer(TextEncoder(lm, GenerationOptions()), Engine(lm, cache=memory))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def encoding(lm: HFCausalLM) -> Encoding:
    return Explainer(TextEncoder(lm, GenerationOptions()), Engine(lm)).sequence(PROMPT, TARGET)


def _selection(encoding: Encoding, text: str = "Ann came.") -> TokenSelection:
    start = encoding.text.rindex(text)
    return TokenSelection.of_characters(encoding, start, start + len(text))


def test_passes_are_those_of_two_explanations_combined_by_hand(
    explainer: Explainer, encoding: Encoding
) -> None:
    selection, ((begin, end),) = _selection(encoding), encoding.thinking
    (plain,) = explainer.scores(encoding, [selection], METHODS)
    (passed,) = explainer.scores(encoding, [selection], METHODS, through_thinking=True)
    receives = [i for i in range(begin) if not encoding.special[i]]
    for method, name in zip(METHODS, NAMES, strict=True):
        s = plain[name].astype(float)
        hop = Objective(
            frozenset((Term(t, encoding.ids[t]), float(s[t])) for t in range(begin, end) if s[t])
        )
        ((row,),) = (
            [each[name]] for each in explainer._engine.scores(encoding.ids, [hop], [method])
        )
        r = row.astype(float)[receives]
        mass, total = np.abs(s[begin:end]).sum(), s[begin:end].sum()
        scaled = r * mass / np.abs(r).sum()
        added = scaled + (total - scaled.sum()) * np.abs(r) / np.abs(r).sum()
        expected = s.copy()
        expected[begin:end] = 0
        expected[receives] += added
        np.testing.assert_allclose(passed[name], expected, rtol=2e-4, atol=1e-5 * mass)
        if name == "grad_l2":  # Without signs, r is scaled to the total.
            np.testing.assert_allclose(added, r * total / r.sum(), rtol=1e-4)


@pytest.mark.parametrize("text", ["Ann came.", "came", " It is a fox."])
def test_the_total_stays_and_the_thinking_has_nothing_left(
    explainer: Explainer, encoding: Encoding, text: str
) -> None:
    selection, ((begin, end),) = _selection(encoding, text), encoding.thinking
    (plain,) = explainer.scores(encoding, [selection], METHODS)
    (passed,) = explainer.scores(encoding, [selection], METHODS, through_thinking=True)
    for name in NAMES:
        before, after = plain[name].astype(float), passed[name].astype(float)
        assert before.sum() == pytest.approx(after.sum(), rel=1e-4, abs=1e-4 * np.abs(before).sum())
        assert np.abs(before[begin:end]).sum() > 0 and not after[begin:end].any()
        np.testing.assert_array_equal(before[end:], after[end:])
        special = list(encoding.special)
        np.testing.assert_array_equal(before[special], after[special])
        assert np.abs(after - before).sum() > 0.1 * np.abs(before[begin:end]).sum()


def test_several_selections_together_are_those_one_by_one(
    explainer: Explainer, lm: HFCausalLM, encoding: Encoding, batched_backward: None
) -> None:
    selections = [_selection(encoding, text) for text in ("Ann came.", "came", " It is a fox.")]
    together = explainer.scores(encoding, selections, METHODS[:3], through_thinking=True)
    alone = Explainer(TextEncoder(lm, GenerationOptions()), Engine(lm))
    for selection, row in zip(selections, together, strict=True):
        (single,) = alone.scores(encoding, [selection], METHODS[:3], through_thinking=True)
        for name in NAMES[:3]:
            scale = np.abs(single[name]).max()
            np.testing.assert_allclose(row[name], single[name], rtol=1e-3, atol=1e-4 * scale)


def test_they_are_stored_under_their_own_key_and_found_again(
    explainer: Explainer, memory: _Memory, encoding: Encoding, monkeypatch: pytest.MonkeyPatch
) -> None:
    selection = _selection(encoding)
    (plain,) = explainer.scores(encoding, [selection], ["grad_l2"])
    plain_keys = set(memory.kept)
    assert all("through" not in method.options for _, (_, method) in plain_keys)
    (passed,) = explainer.scores(encoding, [selection], ["grad_l2"], through_thinking=True)
    (added,) = memory.kept.keys() - plain_keys  # The second pass has no key.
    ((begin, end),) = encoding.thinking
    assert added[1][1].options.startswith(f"through={begin}-{end}>")
    monkeypatch.setattr(HFCausalLM, "trace", lambda *_: pytest.fail("It was stored."))
    again = Explainer(explainer._encoder, Engine(explainer._encoder.lm, cache=memory))  # type: ignore[arg-type]
    (found,) = again.scores(encoding, [selection], ["grad_l2"], through_thinking=True)
    np.testing.assert_array_equal(found["grad_l2"], passed["grad_l2"])
    assert not np.array_equal(found["grad_l2"], plain["grad_l2"])


@pytest.mark.parametrize("other", ["Bea went.", 77])
def test_a_contrast_is_passed_on_too(
    explainer: Explainer, encoding: Encoding, other: str | int
) -> None:
    if isinstance(other, int):
        selection = TokenSelection((_selection(encoding).positions[0],))
        versus = explainer.token_contrast(encoding, selection, other)
    else:
        selection = _selection(encoding)
        versus = explainer.text_contrast(PROMPT, TARGET, selection, other)
    (plain,) = explainer.scores(encoding, [selection], METHODS[:3], versus=versus)
    (passed,) = explainer.scores(
        encoding, [selection], METHODS[:3], versus=versus, through_thinking=True
    )
    ((begin, end),) = encoding.thinking
    for name in NAMES[:3]:
        mass = np.abs(plain[name]).sum()
        assert passed[name].sum() == pytest.approx(plain[name].sum(), rel=1e-4, abs=1e-4 * mass)
        assert plain[name][begin:end].any() and not passed[name][begin:end].any()


def test_a_method_for_segments_is_an_error(explainer: Explainer, encoding: Encoding) -> None:
    with pytest.raises(ValueError, match="needs scores of tokens, and ablation scores segments"):
        explainer.scores(
            encoding,
            [_selection(encoding)],
            ["ablation"],
            segments=((1, 3),),
            through_thinking=True,
        )


def test_a_selection_without_thinking_before_it_is_an_error(
    explainer: Explainer, encoding: Encoding
) -> None:
    ((begin, end),) = encoding.thinking
    for selection in (TokenSelection((begin - 3,)), TokenSelection((begin + 2, end + 2))):
        with pytest.raises(ValueError, match="thinking before the selection, and there is none"):
            explainer.scores(encoding, [selection], through_thinking=True)


def test_of_several_blocks_those_before_the_selection_are_passed_on(encoding: Encoding) -> None:
    ((begin, end),) = encoding.thinking
    several = dataclasses.replace(encoding, thinking=((begin, begin + 2), (end - 2, end), (90, 95)))
    through = Through.before(several, TokenSelection((end + 1,)))
    assert through.thinking == ((begin, begin + 2), (end - 2, end))
    assert through.receivers[-1] == (begin + 2, end - 2)  # The answer between them.
    assert not any(encoding.special[i] for a, b in through.receivers for i in range(a, b))


@pytest.mark.parametrize("seed", range(5))
def test_passing_on_keeps_total_bounds_mass_and_never_divides_by_a_sum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    s, r = rng.normal(size=7).astype(np.float32), rng.normal(size=11).astype(np.float32)
    r[-1] -= r.sum()  # The sum of r is about 0: scaling r to the total would be huge.
    added = pass_on(s, r)
    assert added is not None
    assert added.sum() == pytest.approx(s.astype(float).sum(), rel=1e-4, abs=1e-6)
    assert np.abs(added).sum() <= 3 * np.abs(s).sum() + 1e-6
    assert pass_on(s, np.zeros(3, np.float32)) is None
    unsigned = pass_on(np.abs(s), np.abs(r))
    assert unsigned is not None
    np.testing.assert_allclose(unsigned, np.abs(r) * (np.abs(s).sum() / np.abs(r).sum()), rtol=1e-5)
