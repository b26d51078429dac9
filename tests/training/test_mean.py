"""The mean of models that were trained on from one."""

import pathlib
import sys

import pytest
import torch
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from seqsal.models import embedded
from training import mean, network

TOY = network.Size(hidden=32, layers=2, heads=2, inner=48, vocab=400)


def _saved(folder: pathlib.Path, seed: int, size: network.Size = TOY) -> pathlib.Path:
    torch.manual_seed(seed)
    tokenizer = Tokenizer.from_file(str(embedded.path("tiny") / "tokenizer.json"))
    folder.mkdir()
    network.save(network.new_model(size), tokenizer, folder)
    return folder


def _weights(folder: pathlib.Path) -> dict[str, torch.Tensor]:
    model: torch.nn.Module = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return model.state_dict()


def test_each_weight_is_the_mean_of_theirs(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, out = _saved(tmp_path / "1", 1), _saved(tmp_path / "2", 2), tmp_path / "out"
    monkeypatch.setattr(sys, "argv", ["mean", str(one), str(other), "--out", str(out)])
    mean.main()
    first, second = _weights(one), _weights(other)
    for name, weight in _weights(out).items():
        expected = (first[name] + second[name]) / 2
        torch.testing.assert_close(weight, expected.bfloat16().float(), rtol=0, atol=0)
        assert weight.ndim == 1 or not torch.equal(first[name], second[name])
    assert {f.name for f in out.iterdir()} == {f.name for f in one.iterdir()}


def test_models_of_different_shapes_or_tokenizers_raise_an_error(tmp_path: pathlib.Path) -> None:
    one = _saved(tmp_path / "1", 1)
    with pytest.raises(ValueError, match="models of one shape"):
        mean.mean([one, _saved(tmp_path / "2", 2, network.Size(32, 1, 2, 48, 400))])
    other = _saved(tmp_path / "3", 3)
    (other / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match="the same tokenizer"):
        mean.mean([one, other])
