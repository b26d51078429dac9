"""The GGUF file of a real model, against what Transformers itself makes of the file."""

import os
import pathlib
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from seqsal.models import frameworks
from seqsal.models.causal_lm import GenerationOptions
from seqsal.models.checkpoints import known
from seqsal.models.transformers import HFCausalLM
from seqsal.options import Options
from seqsal.results.explain import explain
from tests import tiny
from tests.all_tests import only_in_all_tests

pytestmark = only_in_all_tests("downloads a package and reads its GGUF file, a minute on one core")

CHAT = [{"role": "user", "content": "Paris is in France. Oslo is in Norway. Where is Oslo?"}]
TARGET = "Oslo is in Norway."
NEW_TOKENS = 24


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The GGUF file of SmolLM2-135M-Instruct, in 4 bits."""
    try:
        return known.assemble(known.MODELS["smollm2"], tmp_path_factory.mktemp("gguf"))
    except ValueError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def from_file(file: pathlib.Path) -> Any:
    """The model as Transformers reads it from the file, in float32."""
    model = transformers.AutoModelForCausalLM.from_pretrained(
        file.parent,
        gguf_file=file.name,
        dtype=torch.float32,
        quantization_config=transformers.GgufConfig(dequantize=True),
    )
    return model.eval()


@pytest.fixture(scope="module")
def tokenizer(file: pathlib.Path) -> Any:
    """The tokenizer as Transformers reads it from the file."""
    return transformers.AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)


@pytest.fixture(scope="module")
def lm(smollm2: pathlib.Path) -> HFCausalLM:
    """Our model of the converted folder."""
    found = frameworks.load(str(smollm2), Options())
    assert isinstance(found, HFCausalLM)
    return found


@pytest.mark.parametrize("name", tiny.EXACT_TEXTS)
def test_tokens_are_those_of_the_file(lm: HFCausalLM, tokenizer: Any, name: str) -> None:
    text = tiny.EXACT_TEXTS[name]
    assert list(lm.encode(text).ids) == tokenizer(text)["input_ids"]
    assert lm.encode(text).text == text


def test_the_answer_is_that_of_generate_on_the_file(
    lm: HFCausalLM, from_file: Any, tokenizer: Any
) -> None:
    batch = tokenizer.apply_chat_template(
        CHAT, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    prompt = lm.encode(f"user:\n{CHAT[0]['content']}")
    assert list(prompt.ids) == batch["input_ids"][0].tolist()
    with torch.no_grad():
        expected = from_file.generate(**batch, max_new_tokens=NEW_TOKENS, do_sample=False)
    written = expected[0, len(prompt) :]
    ((answer,),) = lm.generate([prompt], GenerationOptions(max_new_tokens=NEW_TOKENS))
    assert answer.text == tokenizer.decode(written, skip_special_tokens=True) != ""
    ids = answer.encoding.ids
    assert list(ids) == written[: len(ids)].tolist()


def test_scores_are_those_of_plain_transformers(
    lm: HFCausalLM, smollm2: pathlib.Path, from_file: Any
) -> None:
    result = explain(lm, messages=CHAT, target=TARGET, methods=["grad_l2", "grad_dot_input"])
    ((start, stop),) = result.selection
    ids = torch.tensor([result.token_ids])
    converted = transformers.AutoModelForCausalLM.from_pretrained(smollm2, dtype=torch.float32)
    # The same weights; then those of the file, of which float16 keeps 11 bits.
    for model, tolerance in ((converted.eval(), 1e-4), (from_file, 5e-3)):
        for method, expected in _scores(model, ids, range(start, stop)).items():
            scores = result.scores[method]
            np.testing.assert_allclose(scores, expected, atol=tolerance * np.abs(expected).max())


def _scores(model: Any, ids: torch.Tensor, selected: range) -> dict[str, Any]:
    """Returns the two published scores by one backward pass, as their formulas say."""
    embeddings = model.get_input_embeddings()(ids).detach().requires_grad_()
    logprobs = model(inputs_embeds=embeddings).logits.log_softmax(-1)
    sum(logprobs[0, at - 1, ids[0, at]] for at in selected).backward()
    gradients = embeddings.grad[0]
    return {
        "grad_l2": gradients.norm(dim=-1).numpy(),
        "grad_dot_input": (gradients * embeddings[0]).sum(-1).detach().numpy(),
    }
