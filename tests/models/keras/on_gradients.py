"""Tokens, log-probabilities and gradients of every backend, and the switches of its speed-ups."""

import functools
import json
from typing import Any

import keras
import keras_hub
import numpy as np
import pytest

from seqsal.models import accelerate
from seqsal.models.causal_lm import Encoding, GenerationOptions
from seqsal.models.keras.lm import KerasCausalLM
from seqsal.models.keras.patches import transformers_checkpoints
from seqsal.models.keras.runtime import current as current_runtime
from seqsal.models.keras.tokenizer import KerasTokenizer
from seqsal.models.keras.trace import KerasTrace
from seqsal.models.objective import Objective, Term
from tests import tiny
from tests.models.keras import random_models
from tests.models.keras.checkpoints import ARCHITECTURES, NEW_TOKENS, SELECTED, TEXT
from tests.models.keras.models import (
    BACKEND,
    CHECKPOINTS,
    COMPILES_MORE,
    IDS,
    PRECISE,
    WEIGHTS,
    NoTokens,
    assert_close,
    gradients_of,
    long_on,
    random_model,
)
from tests.objectives import METHODS, objectives, terms

LAST = 8  # The last selected token.
# A Mistral takes the path of a Llama, but for its sliding window, which a Gemma 3 has too.
# A Gemma is compared on TensorFlow, a GPT-2 on JAX, and all of them on PyTorch.
LEFT_OUT = {"tensorflow": {"mistral", "gpt2"}, "jax": {"mistral", "gemma"}, "torch": set()}
COMPILED = [name for name in ARCHITECTURES if COMPILES_MORE or name not in LEFT_OUT[BACKEND]]
ALL = ("fused_attention", "top_rows", "tied_head")
ENABLED = {  # What is enabled, besides none at all: all but one.
    "tensorflow": ["none"],
    "torch": ["none", *(",".join(name for name in ALL if name != off) for off in ALL)],
    "jax": [],
}


# One checkpoint, four runs.


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_tokens_are_those_of_the_transformers_adapter(
    lms: dict[str, KerasCausalLM], name: str
) -> None:
    expected = json.loads((CHECKPOINTS / name / "expected.json").read_text())
    assert lms[name].context_length == expected["context_length"]
    for key, (ids, pieces, special) in expected["encodings"].items():
        encoding = lms[name].encode(tiny.EXACT_TEXTS[key])
        assert encoding == Encoding(tuple(ids), tuple(pieces), tuple(special)), key


@pytest.mark.parametrize("name", COMPILED)
def test_answers_and_scores_are_those_of_the_transformers_adapter(
    lms: dict[str, KerasCausalLM], name: str
) -> None:
    expected = json.loads((CHECKPOINTS / name / "expected.json").read_text())
    lm = lms[name]
    prompt = lm.encode(TEXT)
    assert list(prompt.ids) == expected["prompt"]
    ((answer,),) = lm.generate([prompt], GenerationOptions(max_new_tokens=NEW_TOKENS))
    ids, text, logprob = expected["answer"]
    assert (list(answer.encoding.ids), answer.text) == (ids, text)
    assert answer.logprob == pytest.approx(logprob, abs=1e-4)

    whole = [*prompt.ids, *ids]
    trace = lm.trace(whole)
    logprobs = trace.to_numpy(trace.logprobs(terms(whole, range(1, len(whole)))))
    np.testing.assert_allclose(logprobs, expected["logprobs"], atol=1e-4)
    weights = np.zeros((1, len(prompt) + len(ids)), np.float32)
    weights[0, list(SELECTED)] = 1
    gradients, embeddings = gradients_of(trace, weights), trace.to_numpy(trace.embeddings)
    for method, score in METHODS.items():
        assert_close(score(gradients, embeddings)[0], expected["scores"][method], 1e-3)
    if name != "gemma" or COMPILES_MORE:
        linearized = trace.to_numpy(trace.gradients(objectives(whole, weights), linearized=True))
        scores = METHODS["grad_dot_input"](linearized, embeddings)[0]
        assert_close(scores, expected["scores"]["linearized"], 1e-3)
    np.testing.assert_allclose(lm.embed(prompt.ids), embeddings[: len(prompt)], rtol=1e-6)


# Oracles that know nothing of this code.


def _with(added: Any, x: Any, i: int) -> Any:
    return x + added if i == 0 else x


@pytest.mark.parametrize("name", random_models.NAMES[BACKEND])
def test_gradients_are_finite_differences_of_the_embeddings(
    name: str, request: pytest.FixtureRequest
) -> None:
    if name != "Gemma3":
        request.getfixturevalue("plain_attention")
    lm = random_model(name)
    trace, random = lm.trace(IDS), np.random.default_rng(11)
    gradients, embeddings = gradients_of(trace)[0], trace.to_numpy(trace.embeddings)
    for position in (0, 3, 7):
        step = 5e-4 * np.linalg.norm(embeddings[position])
        direction = random.normal(size=gradients.shape[1])
        direction /= np.linalg.norm(direction)
        change = np.zeros((1, 11, len(direction)))
        change[0, position] = step * direction
        totals = []
        for sign in (1, -1):
            added = keras.ops.convert_to_tensor(sign * change, dtype=PRECISE)
            trace = lm.trace(IDS, functools.partial(_with, added))
            totals.append(float(trace.to_numpy(trace.logprobs(terms(IDS, np.array([6, 8])))).sum()))
        slope = (totals[0] - totals[1]) / (2 * step)
        tolerance = 3e-3 * float(np.linalg.norm(gradients[position])) + 1e-3
        assert slope == pytest.approx(float(gradients[position] @ direction), abs=tolerance)


def test_a_contrast_is_the_difference_of_its_two_sides(llama: KerasCausalLM) -> None:
    trace = llama.trace(IDS)
    one, other = Term(7, IDS[7]), Term(7, 150)
    sides = [Objective(frozenset({(term, 1.0)})) for term in (one, other)]
    both = Objective(frozenset({(one, 1.0), (other, -2.0)}))
    gradients = trace.to_numpy(trace.gradients([*sides, both]))
    assert_close(gradients[2], gradients[0] - 2 * gradients[1], 1e-4)
    expected = llama.trace([*IDS[:7], 150]).logprobs([other])
    assert_close(trace.logprobs([one, other])[1:], expected, 1e-4)


@pytest.mark.parametrize("name", random_models.NAMES[BACKEND])
def test_logprobs_are_those_of_the_whole_model(name: str) -> None:
    lm = random_model(name)
    ids = keras.ops.convert_to_tensor([IDS], dtype="int32")
    logits = lm.model({"token_ids": ids, "padding_mask": keras.ops.ones_like(ids)})
    expected = keras.ops.convert_to_numpy(keras.ops.log_softmax(logits))[0]
    trace = lm.trace(IDS)
    actual = trace.to_numpy(trace.logprobs(terms(IDS, np.arange(1, 11))))
    np.testing.assert_allclose(actual, expected[np.arange(10), IDS[1:]], atol=1e-4)


@pytest.mark.skipif(BACKEND == "jax", reason="LIT's wrapper raises on JAX.")
@pytest.mark.parametrize("name", COMPILED)
def test_scores_are_those_of_lit_with_the_sign_of_the_logprob(
    lms: dict[str, KerasCausalLM], name: str
) -> None:
    """For GPT-2, LIT's tokens start with keras-hub's start token; its embeddings add positions."""
    from lit_nlp.examples.prompt_debugging import keras_lms

    folder, prompt, target = CHECKPOINTS / name, "The quick ", "brown fox"
    lm = lms[name]
    # A model for LIT alone, since on PyTorch it needs weights that are not frozen; keras-hub 0.32
    # itself would round those of a Mistral.
    config = json.loads((folder / "config.json").read_text())
    model = keras_hub.models.CausalLM.from_preset(
        str(folder), backbone=transformers_checkpoints.backbone(folder, config)
    )
    tokenizer = KerasTokenizer(model.preprocessor.tokenizer) if name == "gpt2" else lm
    ids = tokenizer.encode(prompt + target).ids
    mask = [0.0] * (len(ids) - 3) + [1.0, 0.0, 1.0]
    lit = keras_lms.KerasSalienceModel(model=model, max_length=60)
    (expected,) = lit.predict([{"prompt": prompt, "target": target, "target_mask": mask}])
    trace = lm.trace(ids)
    gradients = gradients_of(trace, np.array([mask], np.float32))
    embeddings = trace.to_numpy(trace.embeddings)
    if name == "gpt2":
        table = lm.model.backbone.position_embedding.position_embeddings
        embeddings = embeddings + keras.ops.convert_to_numpy(table)[: len(ids)]

    assert_close(METHODS["grad_l2"](gradients, embeddings)[0], expected["grad_l2"])
    assert_close(METHODS["grad_dot_input"](gradients, embeddings)[0], -expected["grad_dot_input"])


# One trace against another.


def test_a_second_selection_on_a_trace_is_that_of_a_new_trace(llama: KerasCausalLM) -> None:
    other = np.eye(11, dtype=np.float32)[[10]]
    trace = llama.trace(IDS)
    gradients_of(trace)
    assert_close(gradients_of(trace, other), gradients_of(llama.trace(IDS), other))


@long_on("tensorflow")
def test_several_targets_at_once_are_each_target_alone(lms: dict[str, KerasCausalLM]) -> None:
    traces = {
        checkpointing: _traced(lms["gemma"], checkpointing) for checkpointing in ("on", "off")
    }
    rows = np.eye(11, dtype=np.float32)[[3, 10, 7]]
    rows[1, 4] = 0.5
    for trace in traces.values():
        together = gradients_of(trace, rows)
        for row, gradients in zip(rows, together, strict=True):
            assert_close(gradients_of(trace, row[None])[0], gradients)
            end = int(np.flatnonzero(row).max())
            assert (gradients[end:] == 0).all()
            assert np.linalg.norm(gradients[:end], axis=-1).all()
    # Cached graphs, and recomputed segments.
    lm = lms["gemma"]
    some = KerasTrace(lm._network, lm._runtime, IDS, costs=lm._costs, cached=2)
    for trace in (traces["on"], some):
        assert_close(gradients_of(trace), gradients_of(traces["off"]))
    assert traces["on"].nbytes > 0
    if BACKEND != "tensorflow":  # TensorFlow always recomputes segments.
        assert traces["on"].nbytes < traces["off"].nbytes


def _traced(lm: KerasCausalLM, checkpointing: str) -> KerasTrace:
    lm._checkpointing, before = checkpointing, lm._checkpointing
    try:
        return lm.trace(IDS)
    finally:
        lm._checkpointing = before


def test_many_rows_of_logits_in_parts_are_the_rows_at_once(
    llama: KerasCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = np.ones((1, 11), np.float32)
    weights[0, 0] = 0
    trace = llama.trace(IDS)
    at_once = gradients_of(trace, weights)
    monkeypatch.setattr("seqsal.models.head_gradients.MAX_ROWS", 3)
    assert_close(gradients_of(trace, weights), at_once)


def test_layers_that_differ_in_their_weights_only_share_a_function() -> None:
    kinds = [segment.function.name for segment in random_model("Gemma3")._network.segments]
    # Layers 2 to 5 and 7 have a sliding window, layer 6 has not.
    assert kinds[1] == kinds[2] == kinds[3] == kinds[4] == kinds[6]
    assert len({kinds[0], kinds[1], kinds[5], kinds[7]}) == 4


@pytest.mark.skipif(BACKEND == "torch", reason="Nothing is compiled.")
def test_a_new_length_compiles_nothing_and_padding_changes_nothing(llama: KerasCausalLM) -> None:
    expected = gradients_of(llama.trace(IDS, lambda x, i: x))  # Intercepted ones are not padded.
    assert_close(gradients_of(llama.trace(IDS)), expected)
    before = _compiled(llama)
    assert before > 0
    gradients_of(llama.trace([*IDS, 7, 8]), np.pad(WEIGHTS, [(0, 0), (0, 2)]))
    assert _compiled(llama) == before


def _compiled(lm: KerasCausalLM) -> int:
    """Returns how many pieces of code have been compiled for traces."""
    if BACKEND == "jax":
        runtime: Any = current_runtime()
        compiled = (runtime._forward, runtime._recomputed_vjp, runtime._logprob_gradients)
        return sum(function._cache_size() for function in compiled)
    network = lm._network
    segments = [*network.segments, network.top_rows]
    parts: list[Any] = [network.head, *{segment.function for segment in segments if segment}]
    functions = [function for part in parts for function in part.compiled.values()]
    return sum(function.experimental_get_tracing_count() for function in functions)


# The top of the network, of which some rows alone are run.


@long_on("tensorflow", "jax")
def test_a_layer_whose_cache_changes_its_numbers_has_no_separate_top() -> None:
    backbone = keras_hub.models.GPTNeoXBackbone(
        vocabulary_size=331, num_layers=2, num_heads=2, hidden_dim=24, intermediate_dim=40,
        rotary_percentage=0.5,
    )  # fmt: skip
    for variable in backbone.variables:
        variable.assign(variable.value * 5.0)
    lm = KerasCausalLM(
        keras_hub.models.GPTNeoXCausalLM(backbone=backbone, preprocessor=None), NoTokens()
    )
    assert lm._network.top_rows is None
    if COMPILES_MORE:
        assert gradients_of(lm.trace(IDS))[0, : LAST - 1].any()


@long_on("tensorflow")
def test_positions_that_depend_on_the_length_are_those_of_the_whole_sequence() -> None:
    lm = random_model("Phi3Scaled")
    assert lm._network.top_rows is not None
    ids = list(range(3, 35))  # A length that nothing is padded to; row 4 is before 8 tokens.
    weights = np.eye(32, dtype=np.float32)[[5]]
    whole = lm.trace(ids, lambda x, i: x)
    assert_close(gradients_of(lm.trace(ids), weights), gradients_of(whole, weights))


# Speed-ups and their reference paths.


@pytest.mark.skipif(BACKEND == "jax", reason="Its speed-ups are among those of PyTorch.")
@pytest.mark.parametrize("enabled", ENABLED[BACKEND])
def test_a_model_without_speed_ups_gives_the_same_numbers(
    lms: dict[str, KerasCausalLM], enabled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = lms["gemma"].trace(IDS)
    monkeypatch.setenv(accelerate.VARIABLE, enabled)
    lm = KerasCausalLM(lms["gemma"].model, NoTokens())
    assert (lm._network.top_rows is None) == ("top_rows" not in enabled)
    trace = lm.trace(IDS)
    all_terms = terms(IDS, range(1, 11))
    assert_close(trace.to_numpy(trace.logprobs(all_terms)), expected.logprobs(all_terms))
    assert_close(gradients_of(trace), gradients_of(expected))
