"""Linearized gradients on every backend; `test_backends.py` runs this file in a process of each."""

import importlib
from typing import Any

import keras
import numpy as np
import pytest

from seqsal.attribution.engine import Engine
from seqsal.models import accelerate
from seqsal.models.arrays import NumpyArray
from seqsal.models.keras.linearization import linearized_operations
from seqsal.models.keras.linearization_check import incompleteness
from seqsal.models.keras.lm import KerasCausalLM
from seqsal.models.keras.runtime import current as current_runtime
from seqsal.models.keras.trace import KerasTrace
from seqsal.models.objective import Objective, Term
from tests.models.keras import random_models
from tests.models.keras.checkpoints import ARCHITECTURES
from tests.models.keras.models import BACKEND, IDS, NoTokens, assert_close

CONTRAST = Objective(frozenset({(Term(10, 12), 1.0), (Term(10, 150), -1.0)}))
OTHERS = [Objective.of_tokens(IDS, [5]), Objective.of_tokens(IDS, [6, 8])]
EAGER = pytest.mark.skipif(BACKEND != "torch", reason="The others would compile it.")
BIAS_FREE = ["llama", "gemma", "mistral"] if BACKEND == "torch" else ["llama"]


def _linearized(trace: KerasTrace, *objectives: Objective) -> NumpyArray:
    return trace.to_numpy(trace.gradients(objectives or [CONTRAST], linearized=True))


@pytest.mark.parametrize("name", BIAS_FREE)
def test_scores_add_up_to_the_difference_of_the_logits(
    lms: dict[str, KerasCausalLM], name: str
) -> None:
    trace = lms[name].trace(IDS)
    scores = (_linearized(trace)[0] * trace.to_numpy(trace.embeddings)).sum()
    one, other = trace.to_numpy(trace.logprobs([Term(10, 12), Term(10, 150)]))
    assert float(scores) == pytest.approx(float(one - other), rel=1e-4)
    assert trace.head_products([CONTRAST])[0] == pytest.approx(float(one - other), rel=1e-4)
    several = (_linearized(trace, *OTHERS) * trace.to_numpy(trace.embeddings)).sum(axis=(1, 2))
    np.testing.assert_allclose(trace.head_products(OTHERS), several, rtol=1e-4)


@pytest.mark.parametrize("name", random_models.NAMES[BACKEND])
def test_inputs_and_biases_explain_the_output_of_each_segment(name: str) -> None:
    model, random = random_models.make(name, "float32"), np.random.default_rng(3)
    for variable in model.variables:
        if len(variable.shape) == 1 and variable.name in ("bias", "beta", "gamma", "scale"):
            variable.assign(random.normal(size=variable.shape))
    lm = KerasCausalLM(model, NoTokens())
    functions = {segment.function: segment for segment in lm._network.segments}
    errors = [incompleteness(each, current_runtime()) for each in functions.values()]
    if name == "GptOss":  # It adds 1 to a factor of its gated products.
        assert max(errors) > 1e-2
    else:
        assert max(errors) < 1e-5


@pytest.mark.skipif(BACKEND == "jax", reason="It takes long without compiled code.")
@pytest.mark.parametrize("name", ARCHITECTURES if BACKEND == "torch" else ["llama"])
def test_the_output_of_a_linearized_segment_is_that_of_the_segment(
    lms: dict[str, KerasCausalLM], name: str
) -> None:
    segment = lms[name]._network.segments[1]
    arguments = segment.function.example(5)
    expected, actual = (
        keras.ops.convert_to_numpy(each.run(*arguments)) for each in (segment, segment.linearized)
    )
    assert_close(actual, expected, 1e-6)


def test_the_exact_gradient_is_the_same_before_and_after_a_linearized_one(
    lms: dict[str, KerasCausalLM],
) -> None:
    trace = lms["llama"].trace(IDS)
    before = trace.to_numpy(trace.gradients([CONTRAST]))
    linearized = _linearized(trace)
    np.testing.assert_array_equal(trace.to_numpy(trace.gradients([CONTRAST])), before)
    assert np.linalg.norm(linearized - before) > 0.05 * np.linalg.norm(before)


@pytest.mark.skipif(not current_runtime().caches_graphs, reason="This backend recomputes.")
def test_the_linearized_graph_is_cached_beside_the_exact_one(
    llama: KerasCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = llama.trace(IDS)
    exact, nbytes = trace.to_numpy(trace.gradients([CONTRAST])), trace.nbytes
    first = _linearized(trace)
    assert trace.nbytes == 2 * nbytes > 0

    def fail(*_: Any) -> None:
        raise AssertionError("A segment was run again.")

    monkeypatch.setattr(type(llama._runtime), "forward_with_vjp", fail)
    monkeypatch.setattr(type(llama._runtime), "recomputed_vjp", fail)
    np.testing.assert_allclose(_linearized(trace), first, rtol=1e-6, atol=0)
    np.testing.assert_allclose(trace.to_numpy(trace.gradients([CONTRAST])), exact, rtol=1e-6)


def test_several_objectives_at_once_are_each_alone(lms: dict[str, KerasCausalLM]) -> None:
    trace = lms["llama"].trace(IDS)
    objectives = OTHERS if BACKEND == "jax" else [CONTRAST, *OTHERS]
    together = _linearized(trace, *objectives)
    for objective, gradient in zip(objectives, together, strict=True):
        assert_close(gradient, _linearized(trace, objective)[0])
        assert (gradient[objective.end :] == 0).all()


@EAGER
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_gradients_do_not_depend_on_speed_ups_intercepts_and_caches(
    lms: dict[str, KerasCausalLM], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lm = lms[name]
    expected = _linearized(lm.trace(IDS), CONTRAST, *OTHERS)
    monkeypatch.setenv(accelerate.VARIABLE, "none")
    plain = KerasCausalLM(lm.model, NoTokens(), gradient_checkpointing="on")
    assert plain._network.top_rows is None
    for trace in (plain.trace(IDS), plain.trace(IDS, lambda x, i: x)):
        assert_close(_linearized(trace, CONTRAST, *OTHERS), expected)


@EAGER
def test_weights_of_half_precision_give_nearly_the_same_gradients() -> None:
    exact, half = (
        KerasCausalLM(random_models.make("Qwen3", dtype), NoTokens())
        for dtype in ("float32", "bfloat16")
    )
    assert half.linearization_error is None
    expected, actual = (_linearized(lm.trace(IDS)) for lm in (exact, half))
    assert np.corrcoef(actual.ravel(), expected.ravel())[0, 1] > 0.95


def test_a_model_with_an_unknown_operation_has_exact_gradients_only() -> None:
    model = random_models.make("Qwen", "float32")
    for layer in model.backbone.transformer_layers:
        layer.activation = keras.ops.exp
    lm = KerasCausalLM(model, NoTokens())
    error = str(lm.linearization_error)
    assert "QwenCausalLM hold an operation that seqsal does not recognise" in error
    with pytest.raises(ValueError, match="no linearized scores.*Use one of grad_l2, grad_dot_inp"):
        Engine(lm).scores(tuple(IDS), [CONTRAST], ["linearized"])
    if BACKEND == "torch":
        (scores,) = Engine(lm).scores(tuple(IDS), [CONTRAST])
        assert set(scores) == {"grad_l2", "grad_dot_input"}


@EAGER
def test_a_layer_that_fails_leaves_exact_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    lm = KerasCausalLM(random_models.make("Qwen", "float32"), NoTokens())

    def fail(x: Any) -> Any:
        raise ZeroDivisionError("by design")

    for layer in lm.model.backbone.transformer_layers:
        monkeypatch.setattr(layer, "activation", fail)
    error = str(lm.linearization_error)
    assert "linearized backward pass of QwenCausalLM fails" in error
    assert "by design" in error and "Arguments" not in error


def test_only_products_in_layers_are_halved() -> None:
    """Another model may run in another thread, and JAX caches its own functions."""

    def square(x: Any) -> Any:
        with linearized_operations():
            return x * x

    x = keras.ops.convert_to_tensor([[[2.0, 3.0]]])
    _, vjp = current_runtime().vjp(square, x)
    (gradient,) = keras.ops.convert_to_numpy(vjp(keras.ops.ones_like(x)[None]))
    np.testing.assert_allclose(gradient, [[[4.0, 6.0]]])


def test_operations_are_restored_after_an_error() -> None:
    module = importlib.import_module(f"keras.src.backend.{BACKEND}.nn")
    before = dict(vars(module))
    with pytest.raises(ZeroDivisionError), linearized_operations():
        assert module.softmax is not before["softmax"]
        raise ZeroDivisionError
    assert dict(vars(module)) == before
