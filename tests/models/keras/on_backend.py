"""Checks for every backend; `test_backends.py` runs this file in one process per backend.

pytest does not collect it by its name: Keras has one backend per process.
"""

import functools
import json
import os
import pathlib
import tempfile
from typing import Any

import keras
import keras_hub
import numpy as np
import pytest

import seqsal
from seqsal.lit import configure, models
from seqsal.models import accelerate
from seqsal.models import keras as keras_adapter
from seqsal.models.arrays import NumpyArray
from seqsal.models.causal_lm import Encoding, GenerationOptions
from seqsal.models.keras.lm import KerasCausalLM
from seqsal.models.keras.patches import transformers_checkpoints
from seqsal.models.keras.runtime import current as current_runtime
from seqsal.models.keras.tokenizer import KerasTokenizer
from seqsal.models.keras.trace import KerasTrace
from seqsal.models.objective import Objective, Term
from seqsal.models.progress import tasks
from seqsal.models.progress.tasks import CancelledError, Task
from seqsal.options import Options
from tests import tiny
from tests.models.keras import random_models
from tests.models.keras.checkpoints import ARCHITECTURES, NEW_TOKENS, SELECTED, TEXT
from tests.objectives import METHODS, objectives, terms

BACKEND = keras.config.backend()
CHECKPOINTS = pathlib.Path(os.environ["SEQSAL_TEST_CHECKPOINTS"])
PRECISE = "float32" if BACKEND == "jax" else "float64"  # JAX has float64 for all or for nothing.
IDS = [0, 17, 5, 33, 104, 200, 9, 77, 41, 300, 12]
WEIGHTS = np.zeros((1, 11), np.float32)
WEIGHTS[0, [6, 8]] = 1
LAST = 8  # The last selected token.
COMPILES_MORE = BACKEND == "torch" or random_models.EVERYTHING
"""Whether a test may run a model whose functions no other test has compiled.

PyTorch compiles nothing. On the others it takes about 10 seconds of a core, and another test has
the same check on a model that it compiles.
"""
# A Mistral takes the path of a Llama, but for its sliding window, which a Gemma 3 has too.
COMPILED = [name for name in ARCHITECTURES if name != "mistral" or COMPILES_MORE]
ALL = ("fused_attention", "top_rows", "tied_head")
ENABLED = {  # What is enabled, besides none at all: all but one.
    "tensorflow": ["none"],
    "torch": ["none", *(",".join(name for name in ALL if name != off) for off in ALL)],
    "jax": [],
}


class _NoTokens:
    end_ids = ()

    def encode(self, text: str) -> Encoding:
        raise NotImplementedError

    def decode(self, ids: Any) -> str:
        return "".join(f"<{i}>" for i in ids)


@pytest.fixture
def plain_attention(monkeypatch: pytest.MonkeyPatch) -> None:
    """Disables the attention of this package on TensorFlow, which takes long to compile.

    It is for tests of other parts. The comparisons with Transformers, with LIT and with Keras'
    attention have it.
    """
    if BACKEND == "tensorflow" and not random_models.EVERYTHING:
        others = accelerate.NAMES - {"fused_attention"}
        monkeypatch.setenv(accelerate.VARIABLE, ",".join(others))


@pytest.fixture(scope="module")
def llama(lms: dict[str, KerasCausalLM]) -> KerasCausalLM:
    return lms["llama"]


def _load(path: Any, **choices: Any) -> KerasCausalLM:
    return keras_adapter.load(path, runtime=BACKEND, **choices)


@functools.cache
def _random(name: str) -> KerasCausalLM:
    return KerasCausalLM(random_models.make(name, PRECISE), _NoTokens())


def _gradients(trace: KerasTrace, weights: NumpyArray = WEIGHTS) -> NumpyArray:
    return trace.to_numpy(trace.gradients(objectives(trace._ids.tolist(), weights)))


def _close(actual: Any, expected: Any, tolerance: float = 1e-5) -> None:
    """Checks that arrays agree, relative to the largest value."""
    expected = np.asarray(expected)
    np.testing.assert_allclose(
        actual, expected, rtol=tolerance, atol=tolerance * abs(expected).max()
    )


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
    gradients, embeddings = _gradients(trace, weights), trace.to_numpy(trace.embeddings)
    for method, score in METHODS.items():
        _close(score(gradients, embeddings)[0], expected["scores"][method], 1e-3)
    if name != "gemma" or COMPILES_MORE:
        linearized = trace.to_numpy(trace.gradients(objectives(whole, weights), linearized=True))
        scores = METHODS["grad_dot_input"](linearized, embeddings)[0]
        _close(scores, expected["scores"]["linearized"], 1e-3)
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
    lm = _random(name)
    trace, random = lm.trace(IDS), np.random.default_rng(11)
    gradients, embeddings = _gradients(trace)[0], trace.to_numpy(trace.embeddings)
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
    _close(gradients[2], gradients[0] - 2 * gradients[1], 1e-4)
    expected = llama.trace([*IDS[:7], 150]).logprobs([other])
    _close(trace.logprobs([one, other])[1:], expected, 1e-4)


@pytest.mark.parametrize("name", random_models.NAMES[BACKEND])
def test_logprobs_are_those_of_the_whole_model(name: str) -> None:
    lm = _random(name)
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
    gradients = _gradients(trace, np.array([mask], np.float32))
    embeddings = trace.to_numpy(trace.embeddings)
    if name == "gpt2":
        table = lm.model.backbone.position_embedding.position_embeddings
        embeddings = embeddings + keras.ops.convert_to_numpy(table)[: len(ids)]

    _close(METHODS["grad_l2"](gradients, embeddings)[0], expected["grad_l2"])
    _close(METHODS["grad_dot_input"](gradients, embeddings)[0], -expected["grad_dot_input"])


# One trace against another.


def test_a_second_selection_on_a_trace_is_that_of_a_new_trace(llama: KerasCausalLM) -> None:
    other = np.eye(11, dtype=np.float32)[[10]]
    trace = llama.trace(IDS)
    _gradients(trace)
    _close(_gradients(trace, other), _gradients(llama.trace(IDS), other))


def test_several_targets_at_once_are_each_target_alone(lms: dict[str, KerasCausalLM]) -> None:
    traces = {
        checkpointing: _traced(lms["gemma"], checkpointing) for checkpointing in ("on", "off")
    }
    rows = np.eye(11, dtype=np.float32)[[3, 10, 7]]
    rows[1, 4] = 0.5
    for trace in traces.values():
        together = _gradients(trace, rows)
        for row, gradients in zip(rows, together, strict=True):
            _close(_gradients(trace, row[None])[0], gradients)
            end = int(np.flatnonzero(row).max())
            assert (gradients[end:] == 0).all()
            assert np.linalg.norm(gradients[:end], axis=-1).all()
    # Cached graphs, and recomputed segments.
    lm = lms["gemma"]
    some = KerasTrace(lm._network, lm._runtime, IDS, costs=lm._costs, cached=2)
    for trace in (traces["on"], some):
        _close(_gradients(trace), _gradients(traces["off"]))
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
    at_once = _gradients(trace, weights)
    monkeypatch.setattr("seqsal.models.head_gradients._MAX_ROWS", 3)
    _close(_gradients(trace, weights), at_once)


def test_layers_that_differ_in_their_weights_only_share_a_function() -> None:
    kinds = [segment.function.name for segment in _random("Gemma3")._network.segments]
    # Layers 2 to 5 and 7 have a sliding window, layer 6 has not.
    assert kinds[1] == kinds[2] == kinds[3] == kinds[4] == kinds[6]
    assert len({kinds[0], kinds[1], kinds[5], kinds[7]}) == 4


@pytest.mark.skipif(BACKEND == "torch", reason="Nothing is compiled.")
def test_a_new_length_compiles_nothing_and_padding_changes_nothing(llama: KerasCausalLM) -> None:
    expected = _gradients(llama.trace(IDS, lambda x, i: x))  # Intercepted ones are not padded.
    _close(_gradients(llama.trace(IDS)), expected)
    before = _compiled(llama)
    assert before > 0
    _gradients(llama.trace([*IDS, 7, 8]), np.pad(WEIGHTS, [(0, 0), (0, 2)]))
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


def test_a_layer_whose_cache_changes_its_numbers_has_no_separate_top(
    plain_attention: None,
) -> None:
    backbone = keras_hub.models.GPTNeoXBackbone(
        vocabulary_size=331, num_layers=2, num_heads=2, hidden_dim=24, intermediate_dim=40,
        rotary_percentage=0.5,
    )  # fmt: skip
    for variable in backbone.variables:
        variable.assign(variable.value * 5.0)
    lm = KerasCausalLM(
        keras_hub.models.GPTNeoXCausalLM(backbone=backbone, preprocessor=None), _NoTokens()
    )
    assert lm._network.top_rows is None
    if COMPILES_MORE:
        assert _gradients(lm.trace(IDS))[0, : LAST - 1].any()


def test_positions_that_depend_on_the_length_are_those_of_the_whole_sequence() -> None:
    lm = _random("Phi3Scaled")
    assert lm._network.top_rows is not None
    ids = list(range(3, 35))  # A length that nothing is padded to; row 4 is before 8 tokens.
    weights = np.eye(32, dtype=np.float32)[[5]]
    whole = lm.trace(ids, lambda x, i: x)
    _close(_gradients(lm.trace(ids), weights), _gradients(whole, weights))


# Speed-ups and their reference paths.


@pytest.mark.skipif(BACKEND == "jax", reason="Its speed-ups are among those of PyTorch.")
@pytest.mark.parametrize("enabled", ENABLED[BACKEND])
def test_a_model_without_speed_ups_gives_the_same_numbers(
    lms: dict[str, KerasCausalLM], enabled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = lms["gemma"].trace(IDS)
    monkeypatch.setenv(accelerate.VARIABLE, enabled)
    lm = KerasCausalLM(lms["gemma"].model, _NoTokens())
    assert (lm._network.top_rows is None) == ("top_rows" not in enabled)
    trace = lm.trace(IDS)
    all_terms = terms(IDS, range(1, 11))
    _close(trace.to_numpy(trace.logprobs(all_terms)), expected.logprobs(all_terms))
    _close(_gradients(trace), _gradients(expected))


# layer_intercept_fn.


def test_intercept_sees_embeddings_and_every_layer_in_order(lms: dict[str, KerasCausalLM]) -> None:
    lm = lms["gemma"]
    seen: dict[int, Any] = {}

    def record(x: Any, i: int) -> Any:
        seen[i] = x
        return x

    trace = lm.trace(IDS, record)
    assert list(seen) == [0, 1, 2, 3]
    assert {tuple(x.shape) for x in seen.values()} == {(1, 11, 24)}
    if BACKEND != "jax":  # JAX passes tracers.
        table = keras.ops.convert_to_numpy(lm.model.backbone.token_embedding.embeddings)
        _close(trace.to_numpy(seen[0])[0], table[IDS])
        layers = keras.Model(
            lm.model.backbone.input,
            [layer.output for layer in lm.model.backbone.transformer_layers],
        )
        ids = keras.ops.convert_to_tensor([IDS], dtype="int32")
        outputs = layers({"token_ids": ids, "padding_mask": keras.ops.ones_like(ids)})
        for i, output in enumerate(outputs, start=1):
            _close(trace.to_numpy(seen[i]), trace.to_numpy(output))


@pytest.mark.parametrize("layer", [0, 1, 2, 3])
def test_the_model_continues_with_the_array_that_intercept_returns(
    lms: dict[str, KerasCausalLM], layer: int
) -> None:
    lm = lms["gemma"]
    keep = np.ones((1, 11, 1), np.float32)
    keep[:, 3] = 0
    mask = keras.ops.convert_to_tensor(keep)
    changed = lm.trace(IDS, lambda x, i: x * mask if i == layer else x)
    plain, positions = lm.trace(IDS), np.array([2, 4])
    before, after = (
        trace.to_numpy(trace.logprobs(terms(IDS, positions))) for trace in (plain, changed)
    )
    assert before[0] == pytest.approx(after[0], abs=1e-5)  # What comes earlier cannot change.
    assert abs(before[1] - after[1]) > 1e-3
    # With the last layer's row 3 gone nothing of the past reaches token 4.
    reaches = abs(_gradients(changed, np.eye(11, dtype=np.float32)[[4]])).sum() > 0
    assert bool(reaches) == (layer < 3)


# Answers.


def test_answers_in_a_batch_are_those_of_single_prompts(llama: KerasCausalLM) -> None:
    prompts = [llama.encode(text) for text in ("Taste", "The quick brown", "def add(a):\n")]
    assert len({len(prompt) for prompt in prompts}) == 3
    options = GenerationOptions(max_new_tokens=9)
    together = llama.generate(prompts, options)
    for prompt, (answer,) in zip(prompts, together, strict=True):
        ((alone,),) = llama.generate([prompt], options)
        assert alone.encoding == answer.encoding
        assert alone.logprob == pytest.approx(answer.logprob, abs=1e-4)


def test_an_answer_is_streamed_and_stops_when_cancelled(
    llama: KerasCausalLM,
) -> None:
    prompt, options = llama.encode("Taste"), GenerationOptions(max_new_tokens=9)
    pieces: list[str] = []
    task = Task(report=lambda event, details: pieces.append(details.get("text", "")))
    with tasks.use_task(task):
        ((answer,),) = llama.generate([prompt], options)
        assert answer.text.startswith("".join(pieces)) and len(pieces) > 2
        task.cancel()
        with pytest.raises(CancelledError):
            llama.generate([prompt], options)
    assert llama.generate([prompt], options) == [[answer]]


def test_a_long_prompt_is_read_in_parts(
    llama: KerasCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt, options = llama.encode(TEXT), GenerationOptions(max_new_tokens=3)
    at_once = llama.generate([prompt], options)
    monkeypatch.setattr("seqsal.models.keras.generation._CHUNK", 8)
    assert llama.generate([prompt], options)[0][0].encoding == at_once[0][0].encoding


def test_samples_have_their_logprob_and_follow_their_seed(llama: KerasCausalLM) -> None:
    prompt = llama.encode("Taste-likes:")
    options = GenerationOptions(max_new_tokens=5, num_samples=4, temperature=1.3)
    (answers,) = llama.generate([prompt], options)
    assert len({answer.encoding.ids for answer in answers}) > 1
    assert [a.logprob for a in answers] == sorted((a.logprob for a in answers), reverse=True)
    for answer in answers:
        if len(answer.encoding) == 5:  # Otherwise the end counts too.
            ids = prompt.ids + answer.encoding.ids
            trace = llama.trace(ids)
            total = trace.to_numpy(trace.logprobs(terms(ids, range(len(prompt), len(ids))))).sum()
            assert answer.logprob == pytest.approx(float(total), abs=1e-3)
    other = llama.generate([llama.encode("The"), prompt], options)[1]
    assert [a.encoding for a in other] == [a.encoding for a in answers]
    reseeded = GenerationOptions(max_new_tokens=5, num_samples=4, temperature=1.3, seed=9)
    assert llama.generate([prompt], reseeded)[0] != answers
    narrow = GenerationOptions(max_new_tokens=5, num_samples=3, temperature=1.3, top_p=1e-6)
    ((greedy,),) = llama.generate([prompt], GenerationOptions(max_new_tokens=5))
    assert {a.encoding for a in llama.generate([prompt], narrow)[0]} == {greedy.encoding}


def test_an_answer_ends_before_the_end_token(llama: KerasCausalLM) -> None:
    prompt, options = llama.encode("The quick"), GenerationOptions(max_new_tokens=7)
    ((free,),) = llama.generate([prompt], options)
    end = free.encoding.ids[3]
    ending = KerasCausalLM(llama.model, _NoTokens(), end_ids=[end])
    ((answer,),) = ending.generate([prompt], options)
    assert answer.encoding.ids == free.encoding.ids[: free.encoding.ids.index(end)]


def test_an_answer_is_cut_where_the_context_ends(lms: dict[str, KerasCausalLM]) -> None:
    lm = lms["gpt2"]  # Its positions end there too, so that nothing may be padded beyond.
    long = Encoding((7,) * 93, ("x",) * 93, (False,) * 93)
    ((answer,),) = lm.generate([long], GenerationOptions(max_new_tokens=50))
    assert len(answer.encoding) <= 97 - 93
    full = Encoding((7,) * 97, ("x",) * 97, (False,) * 97)
    with pytest.raises(ValueError, match=r"prompt has 97 tokens, and 96 fit .* by 1 tokens"):
        lm.generate([full], GenerationOptions())
    with pytest.raises(ValueError, match="target has 98 tokens, and 97 fit"):
        lm.trace([7] * 98)
    assert _gradients(lm.trace([7, 9] * 48), np.eye(96, dtype=np.float32)[[-1]]).any()


# Loading.


def test_a_group_is_loaded_by_get_models_and_by_the_configure_menu(plain_attention: None) -> None:
    path, options = str(CHECKPOINTS / "llama"), Options()
    load_group, init_spec = configure.model_loaders(options)["Language model"]
    assert {"dl_framework", "dl_runtime"} <= set(init_spec)
    chosen = {"dl_framework": "kerasnlp", "dl_runtime": BACKEND}
    records = [{"prompt": "Taste-likes:", "target": " Cheese"}]
    group = models.get_models([f"k:{path}"], **chosen)
    assert set(load_group("k", path, **chosen)) == set(group)
    (output,) = group["_k_tokenizer"].predict(records)
    assert "".join(output["tokens"]).endswith("Taste-likes: Cheese")
    if COMPILES_MORE:
        (output,) = group["_k_salience"].predict(records)
        assert np.count_nonzero(output["grad_l2"]) > 1


def test_a_loaded_model_and_a_preset_of_keras_hub_give_the_same(
    lms: dict[str, KerasCausalLM], plain_attention: None
) -> None:
    model = keras_hub.models.CausalLM.from_preset(str(CHECKPOINTS / "gemma"))
    with tempfile.TemporaryDirectory() as folder:
        model.save_to_preset(folder)
        preset = _load(folder, sequence_length=50)
    assert preset.context_length == 50
    expected = lms["gemma"]
    assert _load(model).encode(TEXT) == preset.encode(TEXT) == expected.encode(TEXT)
    # The same graph with the same weights has the same gradients; they are not compiled again.
    configs = [lm.model.backbone.get_config() for lm in (preset, expected)]
    assert configs[0] | {"name": ""} == configs[1] | {"name": ""}
    for mine, theirs in zip(preset.model.variables, expected.model.variables, strict=True):
        np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (mine, theirs)))
    traces = [lm.trace(IDS) for lm in (preset, expected)]
    logprobs = [trace.to_numpy(trace.logprobs(terms(IDS, range(1, 11)))) for trace in traces]
    _close(logprobs[0], logprobs[1])
    if COMPILES_MORE:
        _close(_gradients(traces[0]), _gradients(traces[1]))


def test_precision_is_that_of_the_model_alone(lms: dict[str, KerasCausalLM]) -> None:
    before = keras.config.dtype_policy().name
    lm = _load(CHECKPOINTS / "gemma", precision="bfloat16")
    assert keras.config.dtype_policy().name == before
    assert lm.model.backbone.token_embedding.embeddings.dtype == "bfloat16"
    trace = lm.trace(IDS)
    gradients = trace.gradients(objectives(IDS, WEIGHTS))
    assert trace.to_numpy(gradients).dtype == "float32"
    exact = _gradients(lms["gemma"].trace(IDS))
    norms = [np.linalg.norm(g[0], axis=-1) for g in (trace.to_numpy(gradients), exact)]
    assert np.corrcoef(*norms)[0, 1] > 0.95


def test_another_backend_than_that_of_this_process_raises() -> None:
    other = "torch" if BACKEND == "tensorflow" else "tensorflow"
    with pytest.raises(ValueError, match=f"already runs on {BACKEND}; dl_runtime={other} was"):
        keras_adapter.load(str(CHECKPOINTS / "llama"), runtime=other)


# In a notebook.


def test_a_view_of_a_model_in_memory_shows_what_explain_finds(
    llama: KerasCausalLM, plain_attention: None
) -> None:
    model: Any = llama  # Its functions are compiled.
    if COMPILES_MORE:
        model = keras_hub.models.CausalLM.from_preset(str(CHECKPOINTS / "llama"))
    view = seqsal.view(model, TEXT, max_new_tokens=NEW_TOKENS)
    try:
        # Computed in the view's own thread, to which TensorFlow's tapes are not visible.
        answer = view.answer
        expected = seqsal.explain(model, TEXT, max_new_tokens=NEW_TOKENS)
        assert (answer, view.result.source) == (expected.target, "response")
        view.target = " brown fox"
        view.selection = "fox"
        expected = seqsal.explain(model, TEXT, " brown fox", "fox")
        assert view.tokens == expected.tokens and view.result.selection == expected.selection
        assert set(view.scores) == {*METHODS, "linearized"}
        for method, scores in view.scores.items():
            assert np.any(scores)
            np.testing.assert_allclose(scores, expected.scores[method], rtol=1e-5, atol=1e-9)
    finally:
        view.close()
