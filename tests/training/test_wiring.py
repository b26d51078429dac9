"""The induction heads of a new model: what they attend to before training."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from transformers import LlamaForCausalLM

from tests.all_tests import only_in_all_tests
from training.batches import echoes
from training.network import SIZES, loss_of, new_model
from training.optimizers import new_optimizers
from training.wiring import wire


@pytest.fixture(params=sorted(SIZES))
def model(request: pytest.FixtureRequest) -> LlamaForCausalLM:
    torch.manual_seed(3)
    model = new_model(SIZES[request.param])
    wire(model)
    return model


def attention(model: LlamaForCausalLM, ids: Tensor, layer: int) -> Tensor:
    """Returns the weights of the first head of a layer, "rows queries keys"."""
    model.set_attn_implementation("eager")
    with torch.no_grad():
        weights = model(input_ids=ids, output_attentions=True).attentions[layer][:, 0]
    model.set_attn_implementation("sdpa")
    return weights  # type: ignore[no-any-return]


def test_the_first_head_attends_one_token_back_at_any_position(model: LlamaForCausalLM) -> None:
    ids = torch.randint(2, 1536, (2, 600), generator=torch.Generator().manual_seed(4))
    back = attention(model, ids, 0).diagonal(-1, 1, 2)
    assert back[:, 20:].mean() > 0.8
    assert back[:, -20:].mean() > 0.8


def test_the_second_head_attends_to_the_token_after_the_same_token(model: LlamaForCausalLM) -> None:
    ids, weights = next(echoes("wiring", 1536, 1280))
    looked = attention(model, ids, 1)
    found, chance = [], []
    for row, counted, weight in zip(ids.tolist(), weights, looked, strict=True):
        for place in (counted[1:] > 0).nonzero().flatten().tolist():
            after = [i + 1 for i in range(place) if row[i] == row[place]]
            found.append(float(weight[place, after].sum()))
            chance.append(len(after) / (place + 1))
    assert len(found) > 300
    assert sum(found) > 2.5 * sum(chance)


@only_in_all_tests("trains for half a minute, and only what is in training/ can break it")
def test_only_a_wired_model_learns_to_copy_in_a_few_steps() -> None:
    assert _loss_after(50, wired=True) < 6.8
    assert _loss_after(50, wired=False) > 6.9


def _loss_after(steps: int, *, wired: bool) -> float:
    torch.manual_seed(3)
    model = new_model(SIZES["tiny"])
    if wired:
        wire(model)
    rows, losses = echoes("learn", 1536, 1280), []
    step = new_optimizers(model)
    for _ in range(steps):
        loss = loss_of(model, *next(rows))
        loss.backward()  # type: ignore[no-untyped-call]
        for optimizer in step:
            for group in optimizer.param_groups:
                group["lr"] = 2e-3
            optimizer.step()
            optimizer.zero_grad()
        losses.append(loss.item())
    return sum(losses[-5:]) / 5
