"""The byte-level BPE tokenizer of the embedded models."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterable

from tokenizers import (
    Regex,
    Tokenizer,
    decoders,
    models,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import PreTrainedTokenizerFast

BOS = "<s>"
EOS = "</s>"
# `learn` puts special tokens first.
BOS_ID, EOS_ID = 0, 1
# Words with the space before them, single digits, runs of punctuation. Line breaks are separate, so
# that no token belongs to two lines of a prompt.
_SPLIT = r"'(?:s|t|re|ve|m|ll|d)|[\r\n]+| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|[^\S\r\n]+(?!\S)|\s+"


def learn(texts: Iterable[str], vocab_size: int) -> Tokenizer:
    """Returns a tokenizer trained on texts; it has all bytes, so it encodes any text.

    Args:
        texts: the training text.
        vocab_size: the maximum number of tokens, at least 258 (256 bytes, start and end of text).
    """
    if vocab_size < 258:
        raise ValueError(
            "vocab_size must cover 256 bytes and two special tokens: expected at least 258, got"
            f" {vocab_size}."
        )
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[BOS, EOS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.Sequence(
        [
            # trim_offsets=False: a token's offsets include the space that it begins with.
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(
                single=f"{BOS} $A", pair=f"{BOS} $A {BOS} $B", special_tokens=[(BOS, BOS_ID)]
            ),
        ]
    )
    return tokenizer


def save(tokenizer: Tokenizer, out: pathlib.Path, context: int) -> None:
    """Writes `tokenizer.json` and `tokenizer_config.json` for `AutoTokenizer`.

    Args:
        tokenizer: a tokenizer of `learn`.
        out: the directory.
        context: the context length of the model.
    """
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=BOS,
        eos_token=EOS,
        pad_token=EOS,
        add_prefix_space=False,
        clean_up_tokenization_spaces=False,
        model_max_length=context,
        padding_side="left",
    ).save_pretrained(out)
    # Transformers 5 writes a class name that Transformers 4 does not know; both know this one.
    config = out / "tokenizer_config.json"
    settings = json.loads(config.read_text(encoding="utf-8"))
    settings["tokenizer_class"] = "PreTrainedTokenizerFast"
    config.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
