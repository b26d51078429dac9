"""Log-probabilities and gradients of Transformers models, and the functions between layers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from seqsal.models.objective import Objective, Term
from seqsal.models.transformers import HFCausalLM
from tests import tiny
from tests.objectives import METHODS, objectives, terms

# Token 5 is the padding token of the tiny models; no token stands twice.
IDS = [0, 17, 5, 33, 104, 200, 9, 77, 41, 300, 12]
SELECTED = (6, 8)
WEIGHTS = np.zeros((1, 11), np.float32)
WEIGHTS[0, SELECTED] = 1


def _lm(architecture: str) -> HFCausalLM:
    return HFCausalLM(tiny.model(architecture), tiny.byte_level_tokenizer())


def _plain_logprob(
    model: transformers.PreTrainedModel, ids: Sequence[int], positions: Sequence[int]
) -> float:
    """Returns the selection's log-probability by the model's own forward over token ids."""
    with torch.no_grad():
        logits = model(torch.tensor([list(ids)])).logits[0].double()
    logprobs = torch.log_softmax(logits, dim=-1)
    return sum(float(logprobs[t - 1, ids[t]]) for t in positions)


def _finite_difference(
    model: transformers.PreTrainedModel, position: int, direction: torch.Tensor, step: float
) -> float:
    """Returns the slope of the selection along a change of one token's row in the table."""
    table, row = model.get_input_embeddings().weight, IDS[position]
    values = []
    for sign in (1, -1):
        table.data[row] += sign * step * direction
        values.append(_plain_logprob(model, IDS, SELECTED))
        table.data[row] -= sign * step * direction
    return (values[0] - values[1]) / (2 * step)


def _untied_double(architecture: str) -> transformers.PreTrainedModel:
    """Returns a model in float64 whose input table can change without its output table."""
    model = tiny.model(architecture).double().eval()
    table = model.get_input_embeddings()
    table.weight = torch.nn.Parameter(table.weight.detach().clone())
    return model


@pytest.mark.parametrize("architecture", tiny.CONFIGS)
def test_gradients_are_the_finite_differences_of_the_embedding_table(architecture: str) -> None:
    lm = HFCausalLM(_untied_double(architecture), tiny.byte_level_tokenizer())
    gradients = lm.trace(IDS).gradients(objectives(IDS, WEIGHTS))[0].double()
    torch.manual_seed(11)
    for position in range(max(SELECTED)):
        direction = torch.nn.functional.normalize(torch.randn(gradients.shape[1]).double(), dim=0)
        # Norm layers compute in float32 whatever the weights are, hence the step's size.
        slope = _finite_difference(lm.model, position, direction, step=2e-3)
        expected = float(gradients[position] @ direction)
        tolerance = 3e-3 * float(gradients[position].norm()) + 1e-4
        assert slope == pytest.approx(expected, abs=tolerance), f"token {position}"


@pytest.mark.parametrize("architecture", tiny.CONFIGS)
def test_logprobs_are_those_of_the_plain_forward(architecture: str) -> None:
    lm = _lm(architecture)
    positions = np.array([1, 6, 10])
    expected = [_plain_logprob(lm.model, IDS, [t]) for t in positions]
    np.testing.assert_allclose(
        lm.trace(IDS).logprobs(terms(IDS, positions)).numpy(), expected, rtol=1e-4
    )


@pytest.mark.parametrize("architecture", tiny.CONFIGS)
def test_nothing_at_or_after_the_selection_has_a_gradient(architecture: str) -> None:
    gradients = _lm(architecture).trace(IDS).gradients(objectives(IDS, WEIGHTS))[0]
    assert (gradients[max(SELECTED) :] == 0).all()
    assert (gradients[: max(SELECTED)].norm(dim=-1) > 0).all()


@pytest.mark.parametrize("architecture", ["gpt2", "llama", "mistral"])
def test_scores_are_those_of_lit_with_the_sign_of_the_logprob(architecture: str) -> None:
    from lit_nlp.examples.prompt_debugging import transformers_lms

    prompt, target = "Taste-likes: Cheese\n", "Suggestion: eggs"
    lm = _lm(architecture)
    length = len(lm.encode(prompt + target))
    mask = [0] * (length - 4) + [1, 0, 1, 1]
    # LIT 1.3.1 asks for an attribute that Transformers 5 no longer has.
    lit_model, lit_tokenizer = tiny.model(architecture).eval(), tiny.byte_level_tokenizer()
    lit_model.framework = "pt"
    lit_tokenizer.padding_side = "left"
    lit = transformers_lms.HFSalienceModel(model=lit_model, tokenizer=lit_tokenizer)
    (expected,) = lit.predict([{"prompt": prompt, "target": target, "target_mask": mask}])

    ids = lm.encode(prompt + target).ids
    trace = lm.trace(ids)
    gradients = trace.gradients(objectives(ids, np.array([mask], np.float32)))
    scores = {n: f(gradients, trace.embeddings)[0].numpy() for n, f in METHODS.items()}
    scale = np.abs(expected["grad_l2"]).max()
    np.testing.assert_allclose(scores["grad_l2"], expected["grad_l2"], rtol=1e-5, atol=1e-5 * scale)
    np.testing.assert_allclose(
        scores["grad_dot_input"], -expected["grad_dot_input"], rtol=1e-5, atol=1e-5 * scale
    )


def test_a_second_selection_on_a_trace_is_that_of_a_new_trace() -> None:
    lm = _lm("llama")
    other = np.zeros((1, 11), np.float32)
    other[0, 10] = 1
    kept = lm.trace(IDS)
    kept.gradients(objectives(IDS, WEIGHTS))
    torch.testing.assert_close(
        kept.gradients(objectives(IDS, other)), lm.trace(IDS).gradients(objectives(IDS, other))
    )


@pytest.mark.parametrize("architecture", tiny.CONFIGS)
def test_several_targets_at_once_are_each_target_alone(
    batched_backward: None, monkeypatch: pytest.MonkeyPatch, architecture: str
) -> None:
    trace = _lm(architecture).trace(IDS)
    rows = np.eye(11, dtype=np.float32)[[3, 10, 7]]
    rows[1, 4] = 0.5
    alone = [trace.gradients(objectives(IDS, row[None]))[0] for row in rows]
    grad: Any = torch.autograd.grad
    batches: list[bool] = []

    def noted(*args: Any, is_grads_batched: bool = False, **kw: Any) -> Any:
        batches.append(is_grads_batched)
        return grad(*args, is_grads_batched=is_grads_batched, **kw)

    monkeypatch.setattr(torch.autograd, "grad", noted)
    together = trace.gradients(objectives(IDS, rows))
    assert batches == [True]  # The slopes of the head are known already.
    for expected, gradients in zip(alone, together, strict=True):
        torch.testing.assert_close(gradients, expected)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("architecture", tiny.CONFIGS)
def test_narrow_types_give_the_gradients_of_the_same_weights_in_float32(
    architecture: str, dtype: torch.dtype
) -> None:
    tokenizer = tiny.byte_level_tokenizer()
    narrow = HFCausalLM(tiny.model(architecture).to(dtype), tokenizer).trace(IDS)
    wide = HFCausalLM(tiny.model(architecture).to(dtype).float(), tokenizer).trace(IDS)
    gradients, expected = (
        narrow.gradients(objectives(IDS, WEIGHTS)),
        wide.gradients(objectives(IDS, WEIGHTS)),
    )
    assert gradients.dtype == torch.float32
    # Rounding adds up over three layers and back: some of the type's own steps.
    error = float((gradients - expected).norm() / expected.norm())
    assert error < 8 * torch.finfo(dtype).eps


def test_nothing_selected_gives_zeros() -> None:
    trace = _lm("llama").trace(IDS)
    assert trace.gradients(objectives(IDS, np.zeros((2, 11), np.float32))).shape == (2, 11, 24)
    both = trace.gradients(
        objectives(IDS, np.concatenate([WEIGHTS, np.zeros((1, 11), np.float32)]))
    )
    assert both[0].any()
    assert not both[1].any()


def test_a_selection_is_the_sum_of_its_tokens() -> None:
    trace = _lm("llama").trace(IDS)
    parts = trace.gradients(objectives(IDS, np.eye(11, dtype=np.float32)[list(SELECTED)]))
    torch.testing.assert_close(trace.gradients(objectives(IDS, WEIGHTS))[0], parts.sum(dim=0))


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_gradients_of_a_contrast_are_the_finite_differences_of_its_weighted_logprobs(
    architecture: str,
) -> None:
    lm = HFCausalLM(_untied_double(architecture), tiny.byte_level_tokenizer())
    weights = {Term(7, IDS[7]): 1.0, Term(7, 150): -1.0, Term(4, 33): 0.5, Term(9, IDS[9]): -2.5}
    objective = Objective(frozenset(weights.items()))
    gradient = lm.trace(IDS).gradients([objective])[0].double()
    assert not gradient[9:].any()
    assert gradient[8].any()

    def value() -> float:
        with torch.no_grad():
            logits = lm.model(torch.tensor([IDS])).logits[0].double()
        logprobs = torch.log_softmax(logits, dim=-1)
        return sum(w * float(logprobs[t.position - 1, t.token]) for t, w in weights.items())

    table, step = lm.model.get_input_embeddings().weight, 2e-3
    torch.manual_seed(11)
    for position in range(9):
        direction = torch.nn.functional.normalize(torch.randn(gradient.shape[1]).double(), dim=0)
        values = []
        for sign in (1, -1):
            table.data[IDS[position]] += sign * step * direction
            values.append(value())
            table.data[IDS[position]] -= sign * step * direction
        slope = (values[0] - values[1]) / (2 * step)
        tolerance = 3e-3 * float(gradient[position].norm()) + 1e-4
        assert slope == pytest.approx(float(gradient[position] @ direction), abs=tolerance)


def test_a_contrast_is_the_difference_of_its_two_sides() -> None:
    trace = _lm("gemma3").trace(IDS)
    one, other = Term(7, IDS[7]), Term(7, 150)
    sides = trace.gradients([Objective(frozenset({(term, 1.0)})) for term in (one, other)])
    (both,) = trace.gradients([Objective(frozenset({(one, 1.0), (other, -1.0)}))])
    torch.testing.assert_close(both, sides[0] - sides[1])
    logprobs = trace.logprobs([one, other])
    expected = _lm("gemma3").trace([*IDS[:7], 150]).logprobs([other])
    torch.testing.assert_close(logprobs[1:], expected)


def test_many_rows_of_logits_in_parts_are_the_rows_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = np.ones((1, 11), np.float32)
    weights[0, 0] = 0
    at_once = _lm("llama").trace(IDS).gradients(objectives(IDS, weights))
    monkeypatch.setattr("seqsal.models.head_gradients.MAX_ROWS", 3)
    torch.testing.assert_close(_lm("llama").trace(IDS).gradients(objectives(IDS, weights)), at_once)


@pytest.mark.parametrize("architecture", tiny.CONFIGS)
def test_intercept_sees_embeddings_and_every_layer_in_order(architecture: str) -> None:
    lm = _lm(architecture)
    seen: dict[int, torch.Tensor] = {}

    def record(x: torch.Tensor, i: int) -> torch.Tensor:
        seen[i] = x.detach()
        return x

    lm.trace(IDS, record)
    assert list(seen) == [0, 1, 2, 3]
    table = lm.model.get_input_embeddings().weight
    torch.testing.assert_close(seen[0][0], table[torch.tensor(IDS)])
    hidden = lm.model(torch.tensor([IDS]), output_hidden_states=True).hidden_states
    for layer in (1, 2):  # Transformers gives the last one after its final norm.
        torch.testing.assert_close(seen[layer], hidden[layer])


@pytest.mark.parametrize("layer", [0, 1, 2, 3])
def test_the_model_continues_with_the_array_that_intercept_returns(layer: int) -> None:
    lm = _lm("llama")
    plain = lm.trace(IDS)

    def zero_a_token(x: torch.Tensor, i: int) -> torch.Tensor:
        keep = torch.ones_like(x)
        keep[:, 3] = 0
        return x * keep if i == layer else x

    changed = lm.trace(IDS, zero_a_token)
    before, after = (trace.logprobs(terms(IDS, np.array([2, 4]))) for trace in (plain, changed))
    assert before[0] == after[0]  # A causal model: what comes earlier cannot change.
    assert abs(before[1] - after[1]) > 1e-3
    # With the last layer's row 3 gone nothing of the past reaches token 4.
    reaches = (
        changed.gradients(objectives(IDS, np.eye(11, dtype=np.float32)[[4]]))[0].abs().sum() > 0
    )
    assert bool(reaches) == (layer < 3)


def test_intercept_leaves_no_hook_behind() -> None:
    lm = _lm("llama")
    before = lm.trace(IDS).logprobs(terms(IDS, np.array([4])))
    with pytest.raises(ZeroDivisionError):
        lm.trace(IDS, lambda x, i: x if i < 2 else x / (1 // 0))
    assert lm.trace(IDS).logprobs(terms(IDS, np.array([4]))) == before


def test_sequence_length_bounds_the_context() -> None:
    lm = HFCausalLM(tiny.model("llama"), tiny.byte_level_tokenizer(), sequence_length=10)
    with pytest.raises(ValueError, match="has 11 tokens, and 10 fit"):
        lm.trace(IDS)


def test_no_weight_gets_a_gradient() -> None:
    lm = _lm("llama")
    lm.trace(IDS).gradients(objectives(IDS, WEIGHTS))
    assert all(p.grad is None and not p.requires_grad for p in lm.model.parameters())
