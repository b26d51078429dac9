"""Explainers of all supported kinds of models, and their cache."""

import contextlib
import copy
import gc
import pathlib
import pickle
import subprocess
import sys
import weakref
from collections.abc import Iterator

import numpy as np
import peft
import pytest
import torch

from seqsal import get_models
from seqsal.attribution.explainer import Explainer
from seqsal.attribution.explainers import get_explainer
from seqsal.attribution.selection import TokenSelection
from seqsal.models.arrays import NumpyArray
from seqsal.models.transformers import HFCausalLM
from tests import tiny
from tests.objectives import objectives

PROMPT, TARGET = "Taste-likes: Cheese\nAnalysis:", " A savoury tart."


def _mask(length: int, *selected: int) -> list[int]:
    return [int(i in selected) for i in range(length)]


def _grad_l2(explainer: Explainer) -> NumpyArray:
    encoding = explainer.sequence(PROMPT, TARGET)
    (scores,) = explainer.scores(encoding, [TokenSelection((len(encoding) - 2,))])
    return scores["grad_l2"]


@pytest.mark.parametrize("way", ["path", "name and path", "group", "CausalLM", "model in memory"])
def test_scores_do_not_depend_on_how_the_model_is_passed(
    way: str, checkpoint: pathlib.Path, lm: HFCausalLM
) -> None:
    ways = {
        "path": lambda: get_explainer(checkpoint),
        "name and path": lambda: get_explainer(f"tiny:{checkpoint}"),
        "group": lambda: get_explainer(get_models([f"tiny:{checkpoint}"])),
        "CausalLM": lambda: get_explainer(lm),
        "model in memory": lambda: get_explainer(tiny.model("llama"), tiny.byte_level_tokenizer()),
    }
    ids = lm.encode(PROMPT, TARGET).ids
    weights = np.array([_mask(len(ids), len(ids) - 2)], np.float32)
    expected = lm.trace(ids).gradients(objectives(ids, weights))[0].norm(dim=-1)
    np.testing.assert_allclose(_grad_l2(ways[way]()), expected, rtol=1e-4, atol=1e-7)


def test_embedded_models_are_marked_as_demonstrations(checkpoint: pathlib.Path) -> None:
    ours, own = "embedded:tiny", f"own:{checkpoint}"
    assert get_explainer(ours).demonstration
    assert get_explainer(get_models([f"a:{ours}"])).demonstration
    assert not get_explainer(own).demonstration
    assert not get_explainer(get_models([own])).demonstration


def test_answers_logprobs_and_tokens_equal_the_lit_models(
    checkpoint: pathlib.Path,
) -> None:
    models = get_models([f"a:{checkpoint}"], max_new_tokens=9)
    explainer = get_explainer(checkpoint, max_new_tokens=9)
    (answer,) = explainer.answers(PROMPT)
    (response,) = models["a"].predict([{"prompt": PROMPT}])
    assert answer.text == response["response"]
    record = {"prompt": PROMPT, "target": answer.text}
    encoding = explainer.sequence(PROMPT, answer.text)
    assert encoding.ids[-len(answer.encoding) :] == answer.encoding.ids
    (tokens,) = models["_a_tokenizer"].predict([record])
    assert list(encoding.ids) == tokens["token_ids"]
    (logprobs,) = models["_a_logprobs"].predict([record])
    assert explainer.logprobs(encoding, len(PROMPT)) == pytest.approx(logprobs["logprobs"])


def test_several_selections_score_as_each_one_alone(lm: HFCausalLM) -> None:
    explainer = get_explainer(lm)
    encoding = explainer.sequence(PROMPT, TARGET)
    length = len(encoding)
    selections = [TokenSelection((length - 1,)), TokenSelection((length - 3, length - 2))]
    together = explainer.scores(encoding, selections)
    for selection, scores in zip(selections, together, strict=True):
        (alone,) = get_explainer(lm, seed=3).scores(encoding, [selection])
        for method in scores:
            np.testing.assert_allclose(scores[method], alone[method], rtol=1e-4, atol=1e-7)
    assert explainer.scores(encoding, []) == []


def test_the_same_model_and_options_return_the_cached_explainer(checkpoint: pathlib.Path) -> None:
    model, tokenizer = tiny.model("llama"), tiny.byte_level_tokenizer()
    first = get_explainer(model, tokenizer)
    assert get_explainer(model, tokenizer) is first
    assert get_explainer(model, tokenizer, max_new_tokens=3) is not first
    assert get_explainer(model, tiny.byte_level_tokenizer()) is not first
    assert get_explainer(checkpoint) is get_explainer(f"another-name:{checkpoint}")


def test_a_model_in_memory_is_not_modified() -> None:
    model = tiny.model("gpt2").train()
    settings = model.generation_config
    _grad_l2(get_explainer(model, tiny.byte_level_tokenizer()))
    assert model.training
    assert model.generation_config is settings
    assert all(weight.requires_grad for weight in model.parameters())
    model(input_ids=torch.tensor([[2, 3, 4]])).logits.sum().backward()
    assert all(weight.grad is not None for weight in model.parameters())


def test_a_model_in_memory_is_not_copied() -> None:
    model = tiny.model("llama")
    explainer = get_explainer(model, tiny.byte_level_tokenizer())
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
    encoding = explainer.sequence(PROMPT, TARGET)
    logprobs = explainer.logprobs(encoding, len(PROMPT))
    uniform = [value for value in logprobs if value is not None]
    np.testing.assert_allclose(uniform, -np.log(tiny.VOCABULARY), rtol=1e-5)
    assert len(uniform) < len(encoding)


def test_changed_weights_invalidate_the_explainer() -> None:
    model, tokenizer = tiny.model("llama"), tiny.byte_level_tokenizer()
    before = _grad_l2(get_explainer(model, tokenizer))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    model(input_ids=torch.tensor([[2, 3, 4]])).logits.square().sum().backward()
    optimizer.step()
    after = _grad_l2(get_explainer(model, tokenizer))
    assert not np.allclose(before, after, rtol=1e-3)
    np.testing.assert_array_equal(after, _grad_l2(get_explainer(copy.deepcopy(model), tokenizer)))


def test_copies_and_pickles_of_a_model_exclude_its_explainer() -> None:
    model, tokenizer = tiny.model("llama"), tiny.byte_level_tokenizer()
    expected = _grad_l2(get_explainer(model, tokenizer))
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        explainer = get_explainer(other, tokenizer)
        assert explainer is not get_explainer(model, tokenizer)
        np.testing.assert_array_equal(_grad_l2(explainer), expected)


def test_an_explainer_is_released_with_its_model() -> None:
    model = tiny.model("llama")
    explainer = weakref.ref(get_explainer(model, tiny.byte_level_tokenizer()))
    assert explainer() is not None
    del model
    gc.collect()
    assert explainer() is None


def test_an_adapter_on_a_model_in_memory_is_applied() -> None:
    tokenizer = tiny.byte_level_tokenizer()
    config = peft.LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False)
    torch.manual_seed(5)
    adapted = peft.get_peft_model(tiny.model("llama"), config)
    scores = _grad_l2(get_explainer(adapted, tokenizer))
    assert not np.allclose(scores, _grad_l2(get_explainer(tiny.model("llama"), tokenizer)))
    merged = _grad_l2(get_explainer(adapted.merge_and_unload(), tokenizer))
    np.testing.assert_allclose(scores, merged, rtol=1e-3, atol=1e-6)


@contextlib.contextmanager
def _raises(message: str, kind: type[Exception] = ValueError) -> Iterator[None]:
    with pytest.raises(kind, match=message):
        yield


def test_unsupported_models_and_options_are_rejected(
    lm: HFCausalLM, checkpoint: pathlib.Path
) -> None:
    model, tokenizer = tiny.model("llama"), tiny.byte_level_tokenizer()
    with _raises("needs its tokenizer; got none"):
        get_explainer(model)
    with _raises("A model is given as a path, .*; got builtins.int", TypeError):
        get_explainer(7)
    with _raises("got a mapping with 'a', none of which"):
        get_explainer({"a": lm})
    with _raises("tokenizer cannot be given"):
        get_explainer(str(checkpoint), tokenizer)
    with _raises("a seqsal CausalLM, chat_template cannot be given"):
        get_explainer(lm, chat_template=True)
    with _raises("a Transformers model in memory, precision, device cannot be given"):
        get_explainer(model, tokenizer, precision="float32", device="cpu")
    with _raises("must be a causal language model; got a LlamaModel"):
        get_explainer(model.model, tokenizer)
    with _raises("unexpected keyword argument 'max_tokens'", TypeError):
        get_explainer(checkpoint, max_tokens=3)
    with _raises("No model at '/no/such/folder'"):
        get_explainer("/no/such/folder")


def test_name_is_required_for_several_models(checkpoint: pathlib.Path) -> None:
    models = get_models([f"a:{checkpoint}", f"b:{checkpoint}"])
    with _raises("one of a, b; got None"):
        get_explainer(models)
    assert get_explainer(models, name="b") is models["_b_salience"].explainer
    with _raises("max_new_tokens cannot be given"):
        get_explainer(models, name="b", max_new_tokens=3)


def test_explaining_a_path_does_not_import_lit(checkpoint: pathlib.Path) -> None:
    code = f"""
import sys
from seqsal.attribution.explainers import get_explainer
assert "torch" not in sys.modules
explainer = get_explainer({str(checkpoint)!r})
explainer.logprobs(explainer.sequence("The quick", " brown fox"), 9)
print("lit_nlp" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
