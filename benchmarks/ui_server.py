"""One server for both modules: a tiny model with a long context, and prompts of given lengths.

    python -m benchmarks.ui_server --tokens 3500,32000

Two layouts, "ours" and "stock", show the same prompts, each with one of the modules.
"""

import argparse
import bisect
import json
import pathlib
import random
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import tokenizers
import torch
import transformers
from lit_nlp.api import dataset as lit_dataset
from lit_nlp.api import layout as lit_layout
from lit_nlp.api import model as lit_model
from lit_nlp.api import types as lit_types
from tokenizers import decoders, models, pre_tokenizers, trainers

import seqsal
from benchmarks.pages import serve
from seqsal.attribution import registry
from seqsal.lit import layouts
from seqsal.lit.model_group import make_group
from seqsal.models.arrays import NumpyArray
from seqsal.models.transformers import HFCausalLM
from seqsal.shared import fields

STOCK_MODULE: Final = lit_layout.LitModuleName.SequenceSalienceModule
ANSWER: Final = (
    " A creamy rice dish with mushrooms, which you do not like. Ask for it without them.\n"
    "Recommendation: Better pick another dish.\n"
)
"""The answer in the dataset; random weights would generate noise."""
_SAMPLES: Final = pathlib.Path(__file__).parents[1] / "data" / "sample_prompts.jsonl"
_SALIENCE: Final = fields.salience_name("tiny")
_CONTEXT: Final = 40_960


def main() -> None:
    """Prints the address and serves until the process is terminated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", default="3500,32000")
    lengths = [int(n) for n in parser.parse_args().tokens.split(",")]
    serve(make_app(lengths))


def make_app(lengths: list[int]) -> Any:
    """Returns the server's app, with one prompt of each length."""
    for method in registry.all_methods():  # Both modules offer the same two methods.
        if method.info.name not in ("grad_l2", "grad_dot_input"):
            registry.unregister_method(method.info.name)
    tokenizer = _tokenizer()
    lm = HFCausalLM(_model(len(tokenizer)), tokenizer)
    prompts = [prompt_of(n, tokenizer) for n in lengths]
    models = make_group("tiny", lm)
    models[_SALIENCE] = _Spread(models[_SALIENCE])
    return seqsal.make_app(
        models=models,
        datasets={"prompts": _Prompts(prompts)},
        layouts={"ours": _layout(layouts.MODULE), "stock": _layout(STOCK_MODULE)},
    )


def prompt_of(tokens: int, tokenizer: transformers.PreTrainedTokenizerFast) -> str:
    """Returns a prompt that has, with the answer, about this number of tokens and never more."""
    parts, order = _parts(), random.Random(0)
    chosen = [f"{number}. {order.choice(parts)}" for number in range(1, tokens // 8)]

    def count(number: int) -> int:
        return len(tokenizer("".join(chosen[:number]).rstrip() + ANSWER)["input_ids"])

    fitting = bisect.bisect_right(range(len(chosen)), tokens, key=count)
    return "".join(chosen[: fitting - 1]).rstrip()


def _parts() -> list[str]:
    """Returns the paragraphs of the sample prompts: lines of few-shot examples, headlines, uses."""
    records = [json.loads(line) for line in _SAMPLES.read_text(encoding="utf-8").splitlines()]
    texts = {part for record in records for part in record["prompt"].split("\n\n") if part}
    return [f"{text}\n\n" for text in sorted(texts)]


class _Spread(lit_model.ModelWrapper):  # type: ignore[misc]
    """Rescales the scores to magnitudes like those of a trained model; rank and sign are preserved.

    With random weights one score is a thousand times the others, and almost no segment would get
    a color. Each magnitude is the quantile of an exponential distribution at the rank.
    """

    def predict(self, inputs: Any, **kw: Any) -> Iterator[dict[str, Any]]:
        names = {method.info.name for method in registry.find_methods()}
        for scores in super().predict(inputs, **kw):
            yield {**scores, **{name: _spread(scores[name]) for name in names & scores.keys()}}


def _spread(scores: NumpyArray) -> NumpyArray:
    """Returns the rescaled scores; 0 stays 0.

    >>> _spread(np.array([0.0, 100.0, -0.1])).round(2).tolist()
    [0.0, 1.1, -0.41]
    """
    places = np.abs(scores).argsort().argsort() - (scores == 0).sum() + 1
    share = np.clip(places / ((scores != 0).sum() + 1), 0, None)
    return np.asarray(-np.log1p(-share) * np.sign(scores))


class _Prompts(lit_dataset.Dataset):  # type: ignore[misc]
    def __init__(self, prompts: list[str]) -> None:
        super().__init__(
            spec={
                fields.SOURCE: lit_types.CategoryLabel(),
                fields.PROMPT: lit_types.TextSegment(),
                fields.RESPONSE: lit_types.TextSegment(),
            },
            examples=[
                {fields.SOURCE: f"prompt-{i}", fields.PROMPT: prompt, fields.RESPONSE: ANSWER}
                for i, prompt in enumerate(prompts)
            ],
        )


def _layout(module: Any) -> lit_layout.LitCanonicalLayout:
    return lit_layout.LitCanonicalLayout(
        left={"Examples": [lit_layout.LitModuleName.DataTableModule]},
        upper={"Salience": [module]},
        layoutSettings=lit_layout.LayoutSettings(leftWidth=30),
    )


def _tokenizer() -> transformers.PreTrainedTokenizerFast:
    """Returns a byte-level tokenizer with about as many tokens per word as a large one."""
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([*_parts(), ANSWER], trainer)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>"
    )


def _model(vocabulary: int) -> transformers.PreTrainedModel:
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=1,
        num_key_value_heads=1,
        max_position_embeddings=_CONTEXT,
        bos_token_id=0,
        eos_token_id=1,
    )
    return transformers.AutoModelForCausalLM.from_config(config).eval()


if __name__ == "__main__":
    main()
