"""Linearized gradients: completeness and finite differences."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import transformers

from seqsal.attribution.engine import Engine
from seqsal.lit.model_group import make_group
from seqsal.models.objective import Objective, Term
from seqsal.models.transformers import HFCausalLM
from seqsal.models.transformers.linearization_check import measure_completeness
from seqsal.models.transformers.network import Network
from tests import tiny

IDS = (0, 17, 5, 33, 250, 41, 8, 99, 120, 7, 300)
OBJECTIVE = Objective(frozenset({(Term(10, 300), 1.0), (Term(8, 3), -0.5)}))

_SIZES: dict[str, Any] = {"vocab_size": 331, "hidden_size": 24}
_HEADS: dict[str, Any] = {"num_hidden_layers": 3, "num_attention_heads": 2}
OTHERS: dict[str, Callable[[], transformers.PretrainedConfig]] = {
    "gpt_neox": lambda: transformers.GPTNeoXConfig(intermediate_size=40, **_SIZES, **_HEADS),
    "mixtral": lambda: transformers.MixtralConfig(
        intermediate_size=40, num_key_value_heads=1, num_local_experts=3, **_SIZES, **_HEADS
    ),
    "bloom": lambda: transformers.BloomConfig(n_layer=3, n_head=2, **_SIZES),
}
ARCHITECTURES = [*tiny.CONFIGS, *OTHERS]


def _model(architecture: str) -> transformers.PreTrainedModel:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        if architecture in tiny.CONFIGS:
            model = tiny.model(architecture)
        else:
            model = transformers.AutoModelForCausalLM.from_config(OTHERS[architecture]())
        for name, weight in model.named_parameters():
            if name.endswith("bias"):
                torch.nn.init.normal_(weight, std=0.1)
    return model


def _lm(architecture: str, **options: Any) -> HFCausalLM:
    return HFCausalLM(_model(architecture), tiny.byte_level_tokenizer(), **options)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_contributions_and_biases_add_up_to_the_output(architecture: str) -> None:
    found = measure_completeness(Network(_model(architecture)))
    assert found.inputs + found.offsets == pytest.approx(
        found.output, rel=1e-4, abs=1e-5 * found.scale
    )
    assert _lm(architecture).linearization_error is None


@pytest.mark.parametrize("architecture", ["llama", "gemma3", "qwen3", "phi3"])
def test_scores_add_up_to_the_explained_logit(architecture: str) -> None:
    """Without biases: s = z_t - sum_v p_v z_v at each position, so a contrast is exact."""
    lm = _lm(architecture)
    contrast = Objective(frozenset({(Term(10, 300), 1.0), (Term(10, 12), -1.0)}))
    (scores,) = Engine(lm).scores(IDS, [contrast], ["linearized"])
    with torch.no_grad():
        logits = lm.model(torch.tensor([IDS])).logits[0, 9]
    expected = float(logits[300] - logits[12])
    assert float(scores["linearized"].sum()) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("architecture", tiny.CONFIGS)
def test_gradients_are_those_of_the_network_with_constants(architecture: str) -> None:
    """Finite differences of a forward pass that reuses patterns, scales and gates of another."""
    model = _model(architecture).double()
    lm = HFCausalLM(model, tiny.byte_level_tokenizer())
    ids = torch.tensor([IDS])
    rows = model.get_input_embeddings().weight[ids[0]].detach()
    gradient = lm.trace(IDS).gradients([OBJECTIVE], linearized=True)[0]
    seed = _seed_at_hidden(model, ids)
    constants = _Constants(getattr(model.config, "intermediate_size", 0))
    with constants:
        _hidden(model, ids, rows)
    rng = np.random.default_rng(5)
    for _ in range(6):
        direction = torch.tensor(rng.normal(size=rows.shape))
        with constants.replayed():
            plus = (_hidden(model, ids, rows + direction) * seed).sum()
        with constants.replayed():
            minus = (_hidden(model, ids, rows - direction) * seed).sum()
        # The network is affine, so that a step of 1 is as exact as a small one.
        slope = float(plus - minus) / 2
        assert slope == pytest.approx(float((gradient * direction).sum()), rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("architecture", ["gpt2", "opt", "falcon", "qwen2"])
def test_what_scores_leave_is_what_biases_and_positions_give(architecture: str) -> None:
    """The same network, with constants, on embeddings of zero."""
    model = _model(architecture).double()
    ids = torch.tensor([IDS])
    rows = model.get_input_embeddings().weight[ids[0]].detach()
    contrast = Objective(frozenset({(Term(10, 300), 1.0), (Term(10, 12), -1.0)}))
    engine = Engine(HFCausalLM(model, tiny.byte_level_tokenizer()))
    (scores,) = engine.scores(IDS, [contrast], ["linearized"])
    constants = _Constants(getattr(model.config, "intermediate_size", 0))
    with constants:
        _hidden(model, ids, rows)
    with constants.replayed():
        rest = _hidden(model, ids, torch.zeros_like(rows))
    with torch.no_grad():
        of_rest, logits = model.get_output_embeddings()(rest), model(ids).logits
    remainder, explained = (float(each[0, 9, 300] - each[0, 9, 12]) for each in (of_rest, logits))
    assert abs(remainder) > 0.01 * abs(explained)
    total = float(scores["linearized"].sum(dtype=np.float64))
    assert total + remainder == pytest.approx(explained, rel=1e-4)
    totals = engine.totals(IDS, contrast)
    assert totals == {"linearized": pytest.approx(explained, rel=1e-4)}


def _hidden(model: Any, ids: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Returns the last hidden states with other rows in place of the tokens' embeddings."""
    table = model.get_input_embeddings()
    forward = torch.func.functional_call(table, {"weight": rows}, (torch.arange(len(rows))[None],))
    with torch.no_grad():
        hidden: torch.Tensor = model.get_decoder()(inputs_embeds=forward, use_cache=False)[0]
    return hidden


def _seed_at_hidden(model: Any, ids: torch.Tensor) -> torch.Tensor:
    """Returns d objective / d hidden states."""
    with torch.no_grad():
        hidden = model.get_decoder()(ids, use_cache=False)[0]
    hidden.requires_grad_()
    with torch.enable_grad():
        logits = model.get_output_embeddings()(hidden)
        if cap := getattr(model.config, "final_logit_softcapping", None):
            logits = torch.tanh(logits / cap) * cap
        logprobs = logits.log_softmax(dim=-1)[0]
        value = logprobs[9, 300] - 0.5 * logprobs[7, 3]
    gradient: torch.Tensor = torch.autograd.grad(value, hidden)[0]
    return gradient


class _Constants(torch.overrides.TorchFunctionMode):
    """Records attention patterns, scales and gates, and replays them; independent of seqsal.

    A gated product a * b becomes (a * B + A * b) / 2 with the recorded A and B.
    """

    def __init__(self, gated_size: int) -> None:
        super().__init__()
        self._gated_size = gated_size
        self._values: list[torch.Tensor] = []
        self._replays, self._next = False, 0

    @contextlib.contextmanager
    def replayed(self) -> Iterator[None]:
        self._replays, self._next = True, 0
        with self:
            yield
        assert self._next == len(self._values)

    def _constant(self, value: torch.Tensor) -> torch.Tensor:
        if not self._replays:
            self._values.append(value.clone())
            return value
        self._next += 1
        return self._values[self._next - 1]

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if func in (torch.rsqrt, F.softmax, torch.tanh):  # GPT-2's GELU is a module with tanh.
            return self._constant(func(*args, **kwargs))
        if func is F.scaled_dot_product_attention:
            query, key = self._constant(args[0]), self._constant(args[1])
            return func(query, key, *args[2:], **kwargs)
        if func in (F.silu, F.gelu, F.relu):
            return args[0] * self._constant(func(*args, **kwargs) / args[0])
        if func is F.layer_norm:
            given = dict(zip(("input", "shape", "weight", "bias", "eps"), args, strict=False))
            given |= kwargs
            centred = args[0] - args[0].mean(-1, keepdim=True)
            variance = centred.square().mean(-1, keepdim=True)
            scale = self._constant((variance + given["eps"]).rsqrt())
            return centred * scale * given["weight"] + given["bias"]
        if func is torch.Tensor.mul and self._is_gated(*args):
            one, other = self._constant(args[0]), self._constant(args[1])
            return (args[0] * other + one * args[1]) / 2
        return func(*args, **kwargs)

    def _is_gated(self, one: Any, other: Any) -> bool:
        """Returns whether this is gate * up, by the size that occurs nowhere else."""
        both = isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor)
        return both and one.shape == other.shape and one.shape[-1] == self._gated_size


@pytest.mark.parametrize("architecture", ["llama", "gpt2", "gemma2"])
def test_checkpointed_and_batched_passes_give_the_same_gradients(
    architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    objectives = [OBJECTIVE, Objective.of_tokens(IDS, [5]), Objective.of_tokens(IDS, [9, 10])]
    expected = _lm(architecture).trace(IDS).gradients(objectives, linearized=True)
    recomputed = _lm(architecture, gradient_checkpointing="on").trace(IDS)
    for _ in range(2):
        torch.testing.assert_close(recomputed.gradients(objectives, linearized=True), expected)
    monkeypatch.setattr("seqsal.models.transformers.graph._ONE_BY_ONE", set())
    batched = _lm(architecture).trace(IDS)
    torch.testing.assert_close(batched.gradients(objectives, linearized=True), expected)
    monkeypatch.setenv("SEQSAL_ACCELERATE", "none")
    plain = _lm(architecture).trace(IDS)
    torch.testing.assert_close(plain.gradients(objectives, linearized=True), expected)


def test_the_exact_gradient_is_the_same_before_and_after_a_linearized_one() -> None:
    trace = _lm("gemma3").trace(IDS)
    before = trace.gradients([OBJECTIVE])
    linearized = trace.gradients([OBJECTIVE], linearized=True)
    torch.testing.assert_close(trace.gradients([OBJECTIVE]), before)
    assert (linearized - before).norm() > 0.05 * before.norm()


class _Squared(torch.nn.Module):
    """A layer with an operation that no rule covers."""

    def __init__(self, layer: torch.nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("layer"), name)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return torch.square(self.layer(*args, **kwargs))


def test_a_model_with_an_unknown_operation_has_exact_gradients_only(
    caplog: pytest.LogCaptureFixture,
) -> None:
    model = _model("llama")
    model.model.layers[1] = _Squared(model.model.layers[1])
    lm = HFCausalLM(model, tiny.byte_level_tokenizer())
    assert "an operation that seqsal does not recognise" in str(lm.linearization_error)
    assert "LlamaForCausalLM" in str(lm.linearization_error)
    assert caplog.text.count("The method linearized is not offered. The layers of Llama") == 1
    (scores,) = Engine(lm).scores(IDS, [OBJECTIVE])
    assert set(scores) == {"grad_l2", "grad_dot_input"}
    with pytest.raises(ValueError, match="no linearized scores.*Use one of grad_l2, grad_dot_inp"):
        Engine(lm).scores(IDS, [OBJECTIVE], ["linearized"])
    group = make_group("m", lm)
    assert group["m"].description().startswith("The map Contribution is not offered. The layers")
    described = group["_m_salience"].output_spec()
    assert "linearized" not in described and "grad_l2" in described
