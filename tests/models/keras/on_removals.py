"""Removals and contrasts: against the shortened text run alone, and the Transformers adapter."""

from typing import Any

import numpy as np
import pytest

from seqsal.attribution.contrast import Contrast
from seqsal.attribution.engine import Engine
from seqsal.attribution.explainer import Explainer
from seqsal.attribution.selection import TokenSelection
from seqsal.attribution.text_encoder import TextEncoder
from seqsal.models import transformers as huggingface
from seqsal.models.capabilities import logprobs_without
from seqsal.models.causal_lm import CausalLM, Encoding, GenerationOptions
from seqsal.models.keras import variants
from seqsal.models.keras.lm import KerasCausalLM
from seqsal.models.limits import DoesNotFitError
from seqsal.models.objective import Term
from seqsal.models.progress import tasks
from tests import tiny
from tests.models.keras import random_models
from tests.models.keras.checkpoints import ARCHITECTURES
from tests.models.keras.models import (
    BACKEND,
    CHECKPOINTS,
    COMPILES_MORE,
    assert_close,
    random_model,
)

IDS = tuple(np.random.default_rng(0).integers(3, tiny.VOCABULARY, 31).tolist())
# The other token at 29 and the token at 25 share no row; the two at 29 do.
TERMS = [Term(25, IDS[25]), Term(26, IDS[26]), Term(29, IDS[29]), Term(29, 7)]
REMOVALS = [((5, 9),), ((0, 3),), ((1, 24),), (), ((3, 4), (20, 23)), ((22, 25),), ((0, 1), (7, 9))]
NAMES = ARCHITECTURES if COMPILES_MORE else ("llama",)
PROMPT = "The quick brown fox jumps over the dog. Recommendation:"
TARGET, OTHER = " Quiche.", " Avoid."
METHODS = ["grad_dot_input", "linearized", "ablation"]
BEFORE = ((17, 14), (14, 13), (9, 5), (5, 1))
"""Segments, counted back from the answer: a Mistral here sees no more than 9 tokens."""


class Plain:
    """What every adapter has."""

    def __init__(self, lm: KerasCausalLM) -> None:
        self._lm = lm

    def __getattr__(self, name: str) -> Any:
        if name == "logprobs_without":
            raise AttributeError(name)
        return getattr(self._lm, name)


def _assert_same_as_alone(lm: KerasCausalLM, removals: Any = REMOVALS) -> None:
    plain: Any = Plain(lm)
    found = np.stack(list(logprobs_without(lm, IDS, removals, TERMS)))
    alone = np.stack(list(logprobs_without(plain, IDS, removals, TERMS)))
    assert found.shape == (len(removals), len(TERMS))
    np.testing.assert_allclose(found, alone, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_a_removal_is_the_shortened_text_run_alone(
    lms: dict[str, KerasCausalLM], name: str
) -> None:
    _assert_same_as_alone(lms[name])
    assert not list(logprobs_without(lms[name], IDS, [], TERMS))


@pytest.mark.parametrize("name", random_models.NAMES[BACKEND])
def test_a_removal_is_the_shortened_text_run_alone_on_a_random(name: str) -> None:
    _assert_same_as_alone(random_model(name))


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The number and the least padded length of the variants of each batch."""
    seen, logprobs = list[tuple[int, int]](), variants._logprobs

    def counted(network: Any, runtime: Any, ids: Any, kept: Any, terms: Any, length: int) -> Any:
        seen.append((len(kept), length))
        return logprobs(network, runtime, ids, kept, terms, length)

    monkeypatch.setattr(variants, "_logprobs", counted)
    return seen


def test_batches_grow_and_are_bounded(
    llama: KerasCausalLM, runs: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    _assert_same_as_alone(llama)
    monkeypatch.setattr(variants, "_MOST_TOKENS", 3 * len(IDS))
    _assert_same_as_alone(llama)
    if BACKEND == "jax":  # Each number of variants, and each length, would be compiled.
        assert runs == [(1, 30)] * 14
    else:
        assert runs == [
            (1, 26), (2, 27), (4, 30),
            (1, 26), (2, 27), (3, 30), (1, 27),
        ]  # fmt: skip


def test_variants_whose_states_depend_on_their_length_run_alone(
    llama: KerasCausalLM, runs: list[tuple[int, int]]
) -> None:
    parts = llama._network, llama._runtime, llama._costs
    found = variants.in_batches(*parts, IDS, REMOVALS, TERMS, depends_on_length=True)
    np.testing.assert_allclose(
        list(found), list(logprobs_without(llama, IDS, REMOVALS, TERMS)), rtol=1e-4, atol=1e-4
    )
    assert runs[:7] == [(1, length) for length in (26, 27, 7, 30, 26, 27, 27)]


def test_little_memory_means_one_variant_at_a_time_or_none(
    llama: KerasCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime, costs = llama._runtime, llama._costs
    expected = 1 if BACKEND == "jax" else 512 // 31
    assert variants.variants_at_once(31, runtime, costs) == expected
    monkeypatch.setattr(runtime, "free_bytes", lambda: 4 * costs.backward(31))
    assert variants.variants_at_once(31, runtime, costs) == 1
    monkeypatch.setattr(runtime, "free_bytes", lambda: costs.backward(31))
    with pytest.raises(DoesNotFitError, match="Salience of 30 tokens needs about"):
        next(logprobs_without(llama, IDS, REMOVALS, TERMS))


def test_many_rows_of_logits_in_parts_are_the_rows_at_once(
    llama: KerasCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = list(logprobs_without(llama, IDS, REMOVALS, TERMS))
    monkeypatch.setattr(variants, "MAX_ROWS", 3)
    found = list(logprobs_without(llama, IDS, REMOVALS, TERMS))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_a_text_beyond_the_context_is_rejected(llama: KerasCausalLM) -> None:
    ids = IDS * 4
    with pytest.raises(ValueError, match="has 124 tokens, and 97 fit"):
        next(logprobs_without(llama, ids, [((0, 90),)], [Term(100, 7)]))


def test_a_cancelled_task_stops_between_batches(llama: KerasCausalLM) -> None:
    with tasks.use_task(tasks.Task()) as task:
        found = logprobs_without(llama, IDS, REMOVALS, TERMS)
        next(found)
        task.cancel()
        with pytest.raises(tasks.CancelledError):
            next(found)


# Against the Transformers adapter, on the same checkpoint.


class Text:
    """The explainer of an adapter, the tokens of one text, and its answer as the selection."""

    def __init__(self, lm: CausalLM) -> None:
        self.engine = Engine(lm)
        self.explainer = Explainer(TextEncoder(lm, GenerationOptions()), self.engine)
        self.encoding: Encoding = self.explainer.sequence(PROMPT, TARGET)
        start = len(PROMPT)
        self.selection = TokenSelection.of_characters(self.encoding, start, start + len(TARGET))

    def scores(
        self, methods: list[str], selection: TokenSelection, versus: Contrast | None = None
    ) -> Any:
        answer = self.selection.positions[0]
        segments = tuple((answer - start, answer - end) for start, end in BEFORE)
        (found,) = self.explainer.scores(
            self.encoding, [selection], methods, segments=segments, versus=versus
        )
        return found


@pytest.fixture(params=NAMES)
def texts(request: pytest.FixtureRequest, lms: dict[str, KerasCausalLM]) -> tuple[Text, Text]:
    """The same text on Keras and on Transformers."""
    folder = str(CHECKPOINTS / request.param)
    other = huggingface.load(folder, precision="float32", device="cpu")
    both = Text(lms[request.param]), Text(other)
    assert both[0].encoding.ids == both[1].encoding.ids
    return both


def _assert_same_scores(found: Any, expected: Any, methods: list[str]) -> None:
    assert sorted(found) == sorted(expected) == sorted(methods)
    for method in methods:
        assert np.abs(expected[method]).max() > 0.01
        assert_close(found[method], expected[method], 1e-3)


def test_ablation_and_lime_are_those_of_the_transformers_adapter(
    texts: tuple[Text, Text],
) -> None:
    methods = ["ablation", "lime"]
    found, expected = (text.scores(methods, text.selection) for text in texts)
    _assert_same_scores(found, expected, methods)


def test_contrasts_with_a_text_are_those_of_the_transformers_adapter(
    texts: tuple[Text, Text],
) -> None:
    found, expected = (
        text.scores(
            METHODS,
            text.selection,
            text.explainer.text_contrast(PROMPT, TARGET, text.selection, OTHER),
        )
        for text in texts
    )
    _assert_same_scores(found, expected, METHODS)


def test_contrasts_with_a_token_are_those_of_the_transformers_adapter(
    texts: tuple[Text, Text],
) -> None:
    found, expected = (
        text.scores(METHODS, one, text.explainer.token_contrast(text.encoding, one, 150))
        for text in texts
        for one in [TokenSelection(text.selection.positions[-1:])]
    )
    _assert_same_scores(found, expected, METHODS)


def test_alternatives_are_those_of_the_transformers_adapter(texts: tuple[Text, Text]) -> None:
    position = texts[0].selection.positions[0]
    found, expected = (
        text.explainer.alternatives(text.encoding, position, count=5) for text in texts
    )
    assert [(a.id, a.text) for a in found] == [(a.id, a.text) for a in expected]
    np.testing.assert_allclose([a.logprob for a in found], [a.logprob for a in expected], atol=1e-4)


@pytest.mark.parametrize("token", [-1, 331, 2**40])
def test_an_unknown_token_is_rejected(lms: dict[str, KerasCausalLM], token: int) -> None:
    for lm in lms.values():
        text = Text(lm)
        one = TokenSelection(text.selection.positions[-1:])
        with pytest.raises(ValueError, match=f"has no token {token}"):
            text.explainer.token_contrast(text.encoding, one, token)
