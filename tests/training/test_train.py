"""Training: attention by two products, one optimizer per weight, and resumed runs."""

from __future__ import annotations

import collections
import itertools
import pathlib

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from training import corpus, network, optimizers, train
from training import tokenizer as tokenizers
from training.batches import batches
from training.lessons import Lessons
from training.resize import resize


def test_attention_and_its_gradients_are_those_of_pytorch() -> None:
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 3, 17, 8, requires_grad=True) for _ in range(3))
    ours, weights = network.attend(torch.nn.Identity(), query, key, value)
    assert weights is None
    theirs = torch.nn.functional.scaled_dot_product_attention(query, key, value, is_causal=True)
    theirs = theirs.transpose(1, 2)
    # Ours is in bfloat16: eight bits of mantissa.
    torch.testing.assert_close(ours.float(), theirs, atol=0.03, rtol=0.03)
    seed = torch.randn_like(theirs)
    mine = torch.autograd.grad(ours.float(), (query, key, value), seed)
    for gradient, oracle in zip(
        mine, torch.autograd.grad(theirs, (query, key, value), seed), strict=True
    ):
        torch.testing.assert_close(gradient, oracle, atol=0.08, rtol=0.05)


@pytest.fixture
def recipe(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> train.Recipe:
    size = network.Size(hidden=32, layers=2, heads=2, inner=48, vocab=400)
    texts = [record.text for record in itertools.islice(corpus.records("words"), 100)]
    monkeypatch.setitem(network.SIZES, "toy", size)
    monkeypatch.setattr(train, "learned_tokenizer", lambda _: tokenizers.learn(texts, 400))
    return train.Recipe(size="toy", minutes=0.02, out=tmp_path / "out", batch_tokens=1500)


def test_every_weight_is_in_one_optimizer(recipe: train.Recipe) -> None:
    model = network.new_model(network.SIZES["toy"])
    groups = [g["params"] for o in optimizers.new_optimizers(model) for g in o.param_groups]
    trained = [id(p) for params in groups for p in params]
    assert sorted(trained) == sorted(id(p) for p in model.parameters())


@pytest.mark.parametrize("shape", [(24, 40), (40, 24), (32, 32)])
def test_an_orthogonal_matrix_has_the_directions_of_the_singular_value_decomposition(
    shape: tuple[int, int],
) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(3))
    near = optimizers.orthogonal(matrix)
    assert near.dtype == torch.float32
    left, sizes, right = torch.linalg.svd(matrix, full_matrices=False)
    found = left.T @ near @ right.T
    # The polynomial leaves those singular values smaller that were near to nothing.
    large = sizes > 0.1 * sizes.max()
    assert (found.diag()[large] > 0.6).all()
    assert (found.diag() < 1.25).all()
    torch.testing.assert_close(found, found.diag().diag(), atol=1e-4, rtol=0)


def test_muon_takes_the_steps_of_pytorch() -> None:
    generator = torch.Generator().manual_seed(5)
    start = torch.randn(24, 40, generator=generator)
    ours, theirs = (torch.nn.Parameter(start.clone()) for _ in range(2))
    steps = (
        optimizers.Muon([ours], lr=0.05),
        torch.optim.Muon([theirs], lr=0.05, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"),
    )
    for _ in range(3):
        gradient = torch.randn(24, 40, generator=generator)
        for param, optimizer in zip((ours, theirs), steps, strict=True):
            param.grad = gradient.clone()
            optimizer.step()
    moved = (theirs - start).norm()
    # PyTorch's is in bfloat16: eight bits of mantissa.
    assert (ours - theirs).norm() < 0.03 * moved


@pytest.mark.parametrize("half", [False, True])
def test_a_cpu_without_bfloat16_trains_in_float32(
    half: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "is_emulated", lambda dtype: not half)
    assert network.fast_dtype("cpu") == (torch.bfloat16 if half else torch.float32)
    assert network.fast_dtype("cuda:0") == torch.bfloat16
    model = network.new_model(network.Size(hidden=32, layers=2, heads=2, inner=48, vocab=400))
    network.prepare(model, "cpu")
    assert model.config._attn_implementation == ("products" if half else "sdpa")
    ids = torch.randint(2, 400, (3, 20), generator=torch.Generator().manual_seed(0))
    loss = network.loss_of(model, ids, torch.ones(3, 20))
    oracle = model.set_attn_implementation("eager") or model(ids, labels=ids).loss
    torch.testing.assert_close(loss, oracle, atol=2e-2 if half else 1e-5, rtol=0)


def test_a_resumed_run_takes_the_same_steps_as_an_uninterrupted_one(
    recipe: train.Recipe,
) -> None:
    run = train.Run(recipe)
    recipe.out.mkdir()
    text = batches("text", run.tokenizer, recipe.batch_tokens)
    before = [run.step(*next(text), 1e-2) for _ in range(4)]
    assert before[-1] < before[0]
    run.save()
    again = train.Run(recipe, recipe.out / "resume.pt")
    assert again.state == run.state
    following = list(itertools.islice(text, 2))
    losses = [[r.step(*batch, 1e-2) for batch in following] for r in (run, again)]
    assert losses[0] == losses[1]


def test_an_exercise_is_frequent_until_it_is_learned_and_rare_afterwards() -> None:
    lessons = Lessons()

    def shares(progress: float = 0.1) -> collections.Counter[str]:
        return collections.Counter(lessons.source(step, progress) for step in range(100))

    assert shares() == {"echoes": 75, "text": 25}
    lessons.learned("echoes", 0.1)
    assert shares() == {"choices": 75, "text": 25}
    lessons.learned("choices", 5.0)
    assert shares() == {"choices": 75, "text": 25}
    often = {"echoes": 5, "choices": 15, "text": 80}
    assert shares(progress=0.5) == often
    for _ in range(30):
        lessons.learned("choices", 0.1)
    assert shares() == often


def test_transformers_reads_a_saved_model_with_its_default_attention(
    recipe: train.Recipe,
) -> None:
    train.fit(recipe)
    model = AutoModelForCausalLM.from_pretrained(recipe.out)
    assert model.config.model_type == "llama"
    assert "products" not in (recipe.out / "config.json").read_text(encoding="utf-8")
    prompt = AutoTokenizer.from_pretrained(recipe.out)("Analysis:", return_tensors="pt")
    assert torch.isfinite(model(prompt["input_ids"]).logits).all()


def test_an_unknown_size_and_a_time_of_zero_raise_errors(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match=r"expected one of \['small', 'tiny'\], got 'huge'"):
        train.Recipe(size="huge", out=tmp_path)
    with pytest.raises(ValueError, match="expected minutes > 0, got 0"):
        train.Recipe(minutes=0, out=tmp_path)


def test_a_widened_model_has_the_same_logits_and_all_its_weights_get_gradients() -> None:
    torch.manual_seed(0)
    small = network.new_model(network.Size(hidden=32, layers=2, heads=2, inner=48, vocab=400))
    # Far from zero, so that the norms' epsilon, which does not grow, makes no difference.
    torch.nn.init.normal_(small.model.embed_tokens.weight)
    torch.nn.init.normal_(small.model.norm.weight, 1.0, 0.2)
    large = network.new_model(network.Size(hidden=48, layers=2, heads=3, inner=80, vocab=400))
    resize(small, large, (0, 1))
    ids = torch.randint(2, 400, (3, 20))
    torch.testing.assert_close(large(ids).logits, small(ids).logits, atol=1e-4, rtol=1e-4)
    large(ids, labels=ids).loss.backward()
    layer = large.model.layers[0]
    for gradients in (
        layer.self_attn.o_proj.weight.grad[:, 32:],
        layer.mlp.down_proj.weight.grad[:, 48:],
        large.model.embed_tokens.weight.grad[:, 32:],
    ):
        assert (gradients != 0).any(dim=0).all()


def test_a_model_with_fewer_layers_and_neurons_keeps_the_largest() -> None:
    torch.manual_seed(0)
    large = network.new_model(network.Size(hidden=32, layers=3, heads=2, inner=48, vocab=400))
    small = network.new_model(network.Size(hidden=32, layers=2, heads=2, inner=20, vocab=400))
    for layer in large.model.layers:
        # These neurons write nothing, so nothing is lost with them.
        layer.mlp.down_proj.weight.data[:, 5:33] = 0
    resize(large, small, (0, 2))
    large.model.layers = torch.nn.ModuleList(large.model.layers[i] for i in (0, 2))
    ids = torch.randint(2, 400, (3, 20))
    torch.testing.assert_close(small(ids).logits, large(ids).logits, atol=1e-5, rtol=1e-5)


def test_a_narrower_model_or_a_missing_layer_raises_an_error() -> None:
    wide = network.new_model(network.Size(hidden=48, layers=2, heads=3, inner=48, vocab=400))
    narrow = network.new_model(network.Size(hidden=32, layers=2, heads=2, inner=48, vocab=400))
    with pytest.raises(ValueError, match="as wide or wider"):
        resize(wide, narrow, (0, 1))
    with pytest.raises(ValueError, match=r"layers \[0, 2\]"):
        resize(narrow, wide, (0, 2))
