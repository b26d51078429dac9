"""Third-party methods: registered, validated, computed, cached, and present in every interface."""

import dataclasses
import importlib.metadata
import inspect
import json
import pathlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from jaxtyping import Float32

import seqsal
from seqsal.attribution import registry
from seqsal.attribution.engine import Engine
from seqsal.attribution.method import GradientMethod, MethodInfo, Run
from seqsal.lit.model_group import make_group
from seqsal.models.arrays import Array, NumpyArray
from seqsal.models.causal_lm import GenerationOptions
from seqsal.models.objective import Objective
from seqsal.models.transformers import HFCausalLM
from seqsal.store.store import open_store

PROMPT, TARGET = "Taste-likes: Cheese\nAnalysis:", " A savoury tart."


def _grad_sum(gradients: Array, embeddings: Array) -> Array:
    return gradients.sum(axis=-1)


GRAD_SUM = GradientMethod(
    MethodInfo(name="grad_sum", label="Sum of slopes", help="The sum of the slopes.", signed=True),
    _grad_sum,
)


class _Leave:
    """A method that runs the model: the drop of the objective when a token is replaced."""

    info = MethodInfo(name="replaced", label="Replaced", help="Loss where it is token 7.")

    def __init__(self) -> None:
        self.calls = 0

    def attribute(
        self, run: Run, objectives: Sequence[Objective]
    ) -> Iterator[Float32[NumpyArray, " tokens"]]:
        for objective in objectives:
            self.calls += 1
            terms = objective.terms
            scores = np.zeros(len(run.ids), np.float32)
            before = run.logprobs(terms).sum()
            for position in range(1, objective.end):
                ids = (*run.ids[:position], 7, *run.ids[position + 1 :])
                trace = run.lm.trace(ids)
                scores[position] = before - trace.to_numpy(trace.logprobs(terms)).sum()
            yield scores


@pytest.fixture
def registered() -> Iterator[None]:
    seqsal.register_method(GRAD_SUM)
    yield
    registry.unregister_method("grad_sum")


@pytest.fixture
def leave() -> Iterator[_Leave]:
    method = _Leave()
    seqsal.register_method(method)
    yield method
    registry.unregister_method("replaced")


def test_a_registered_method_is_in_explain_with_its_description(
    lm: HFCausalLM, registered: None
) -> None:
    result = seqsal.explain(lm, PROMPT, TARGET, methods=["grad_sum"])
    gradient = lm.trace(result.token_ids).gradients(
        [Objective.of_tokens(result.token_ids, range(*result.selection[0]))]
    )[0]
    np.testing.assert_allclose(
        result.scores["grad_sum"], gradient.sum(dim=-1), rtol=1e-4, atol=1e-6
    )
    assert result.method_info("grad_sum").label == "Sum of slopes"
    assert result.is_signed("grad_sum")
    again = seqsal.Result.from_json(result.to_json())
    assert again.method_info("grad_sum") == GRAD_SUM.info


def test_gradient_methods_share_one_backward_pass(
    lm: HFCausalLM, registered: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, gradients = [], type(lm.trace((1, 2))).gradients

    def counted(self: Any, objectives: Any, *, linearized: bool) -> Any:
        calls.append(linearized)
        return gradients(self, objectives, linearized=linearized)

    monkeypatch.setattr(type(lm.trace((1, 2))), "gradients", counted)
    result = seqsal.explain(HFCausalLM(lm.model, lm.tokenizer), PROMPT, TARGET)
    assert list(result.scores) == ["linearized", "grad_l2", "grad_dot_input", "grad_sum"]
    assert calls == [True, False]


def test_a_method_that_runs_the_model_runs_only_when_named(lm: HFCausalLM, leave: _Leave) -> None:
    assert "replaced" not in seqsal.explain(lm, PROMPT, TARGET).scores
    assert leave.calls == 0
    result = seqsal.explain(lm, PROMPT, TARGET, methods=["replaced", "grad_l2"])
    ids, position = result.token_ids, 3
    objective = Objective.of_tokens(ids, range(*result.selection[0]))
    other = lm.trace((*ids[:position], 7, *ids[position + 1 :]))
    loss = lm.trace(ids).logprobs(objective.terms).sum() - other.logprobs(objective.terms).sum()
    assert result.scores["replaced"][position] == pytest.approx(float(loss), rel=1e-3, abs=1e-5)
    assert not result.scores["replaced"][objective.end :].any()


def test_scores_of_a_wrong_shape_or_not_finite_are_rejected(lm: HFCausalLM, leave: _Leave) -> None:
    ids = (0, 17, 5, 33)
    objectives = [Objective.of_tokens(ids, [3])]

    def wrong(scores: Any) -> Any:
        return lambda run, objectives: iter([scores])

    leave.attribute = wrong(np.zeros(3))  # type: ignore[method-assign]
    with pytest.raises(ValueError, match=r"one score for each token: expected 4, got .* \(3,\)"):
        Engine(lm).scores(ids, objectives, ["replaced"])
    leave.attribute = wrong(np.full(4, np.nan))  # type: ignore[method-assign]
    with pytest.raises(ValueError, match="replaced must be finite for every token; 4 of 4"):
        Engine(lm).scores(ids, objectives, ["replaced"])


def test_lit_models_describe_and_compute_the_methods_of_a_record(
    lm: HFCausalLM, registered: None
) -> None:
    model = make_group("m", lm)["_m_salience"]
    described = [json.loads(text) for text in model.output_spec()["methods"].vocab]
    assert described == [method.info.to_json() for method in registry.all_methods()]
    assert [each["name"] for each in described][-2:] == ["lime", "grad_sum"]
    record = {"prompt": PROMPT, "target": TARGET}
    (default,) = model.predict([record])
    (named,) = model.predict([record | {"methods": ["grad_sum"]}])
    assert {"grad_l2", "grad_dot_input", "grad_sum"} <= default.keys()
    assert set(named) == {"tokens", "gradient_of", "grad_sum"}
    np.testing.assert_array_equal(named["grad_sum"], default["grad_sum"])
    mixed = list(model.predict([record, record | {"methods": ["grad_sum"]}, record]))
    assert [len(each) for each in mixed] == [6, 3, 6]
    with pytest.raises(ValueError, match="got 'other'"):
        list(model.predict([record | {"methods": ["other"]}]))


def test_a_notebook_view_offers_the_method_and_has_its_scores(
    lm: HFCausalLM, registered: None
) -> None:
    view = seqsal.view(lm, PROMPT, TARGET, tokenizer=None)
    try:
        view.selection = "savoury"
        view.wait()
        assert view._methods[0] == "linearized"
        assert view._methods[-1] == "grad_sum"
        assert view.result.method_info("grad_sum") == GRAD_SUM.info
        expected = seqsal.explain(lm, PROMPT, TARGET, "savoury", methods=["grad_sum"])
        # Two runs of a model may round differently, as their arrays lie at other addresses.
        row = expected.scores["grad_sum"]
        np.testing.assert_allclose(view.scores["grad_sum"], row, atol=1e-5 * np.abs(row).max())
    finally:
        view.close()


def test_the_store_caches_the_method_under_a_key_of_its_own(
    lm: HFCausalLM, leave: _Leave, tmp_path: pathlib.Path
) -> None:
    store = open_store(str(tmp_path), 100)
    assert store is not None
    cache = store.of_model("f", "m", GenerationOptions())
    ids, objectives = (0, 17, 5, 33), [Objective.of_tokens((0, 17, 5, 33), [3])]
    (first,) = Engine(lm, cache=cache).scores(ids, objectives, ["replaced"])
    (both,) = Engine(lm, cache=cache).scores(ids, objectives, ["replaced", "grad_l2"])
    assert leave.calls == 1
    np.testing.assert_array_equal(both["replaced"], first["replaced"])
    store.close()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Grad L1"}, "lower-case letters, digits and _, beginning with a letter; got 'G"),
        ({"name": "_grad"}, "beginning with a letter"),
        ({"label": " "}, "needs a label and a line of help"),
        ({"signed": None}, "must say whether its scores are signed"),
        ({"name": "grad_l2"}, r"'grad_l2' is taken by 'Grad L2'. Call unregister_method"),
    ],
)
def test_an_invalid_description_is_rejected(changes: dict[str, Any], message: str) -> None:
    info = dataclasses.replace(GRAD_SUM.info, **changes)
    with pytest.raises(ValueError, match=message):
        seqsal.register_method(GradientMethod(info, _grad_sum))


def test_an_object_that_is_not_a_method_is_rejected() -> None:
    with pytest.raises(TypeError, match=r"an attribute `info` .*; got function"):
        inspect.unwrap(registry.register_method)(_grad_sum)


def test_registering_the_same_method_again_changes_nothing(registered: None) -> None:
    before = registry.all_methods()
    seqsal.register_method(GRAD_SUM)
    assert registry.all_methods() == before


@pytest.mark.parametrize("names", [[], ["grad_l2", "grad_l2"]])
def test_duplicate_or_missing_method_names_are_rejected(names: list[str]) -> None:
    with pytest.raises(ValueError, match="at least one method, each once"):
        registry.find_methods(names)


@pytest.mark.parametrize("value", ["grad_l2", 5, [["grad_l2"]], [None], {"grad_l2": 1}])
def test_a_record_whose_methods_are_not_a_list_of_names_is_rejected(
    lm: HFCausalLM, value: Any
) -> None:
    record = {"prompt": PROMPT, "target": TARGET, "methods": value}
    with pytest.raises(ValueError, match="methods must be a list of names of methods; got"):
        list(make_group("m", lm)["_m_salience"].predict([record]))


def test_a_string_instead_of_a_list_is_rejected() -> None:
    with pytest.raises(ValueError, match="must be a list of names; got the text 'grad_l2'"):
        registry.find_methods("grad_l2")


def test_an_entry_point_registers_a_method_and_a_broken_one_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    group = registry.ENTRY_POINTS
    points = [
        importlib.metadata.EntryPoint("broken", "seqsal.no_such_module:METHOD", group),
        importlib.metadata.EntryPoint("grad_sum", f"{__name__}:GRAD_SUM", group),
    ]
    before = registry.all_methods()
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: points)
    monkeypatch.setattr(registry, "_entry_points_loaded", False)
    try:
        assert registry.all_methods()[-1] == GRAD_SUM
        assert len(registry.all_methods()) == len(before) + 1
    finally:
        registry.unregister_method("grad_sum")
