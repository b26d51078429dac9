"""Exact encodings from any tokenizer of Transformers, fast or slow."""

from collections.abc import Sequence
from typing import Any

from seqsal.models import pieces as pieces_lib
from seqsal.models.causal_lm import Encoding


def encode(tokenizer: Any, text: str) -> Encoding:
    """Returns the tokens of a text, with the special ones that the tokenizer adds.

    Args:
        tokenizer: a `transformers.PreTrainedTokenizerBase`.
        text: the text; may be empty.
    """
    return _encode_fast(tokenizer, text) if tokenizer.is_fast else _encode_slow(tokenizer, text)


def encode_continuation(tokenizer: Any, ids: Sequence[int], prefix: Sequence[int]) -> Encoding:
    """Returns ids as an encoding whose text is what they add when decoded after a prefix."""
    pieces = pieces_lib.from_decoding(ids, decoder(tokenizer), prefix)
    return Encoding(tuple(ids), tuple(pieces), (False,) * len(ids))


def decoder(tokenizer: Any) -> pieces_lib.Decode:
    """Returns what turns ids into text, without the special ones."""

    def decode(ids: Sequence[int]) -> str:
        return str(
            tokenizer.decode(
                list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        )

    return decode


def _encode_fast(tokenizer: Any, text: str) -> Encoding:
    batch = tokenizer(
        text, return_offsets_mapping=True, return_special_tokens_mask=True, verbose=False
    )
    ids, offsets = batch["input_ids"], batch["offset_mapping"]
    # A special token that the user typed ("</s>") covers text, and is shown as that text.
    special = [
        bool(mark) and start == end
        for mark, (start, end) in zip(batch["special_tokens_mask"], offsets, strict=True)
    ]
    shown = [offset for offset, mark in zip(offsets, special, strict=True) if not mark]
    return _assemble(tokenizer, ids, pieces_lib.from_offsets(text, shown), special)


def _encode_slow(tokenizer: Any, text: str) -> Encoding:
    ids = list(tokenizer(text, verbose=False)["input_ids"])
    body = list(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])
    start = _find(body, ids)
    names = tokenizer.convert_ids_to_tokens(body)
    decoded = (
        pieces_lib.from_sentencepiece(names)
        if any(name.startswith("▁") for name in names)
        else encode_continuation(tokenizer, body, ()).pieces
    )
    special = [not start <= i < start + len(body) for i in range(len(ids))]
    return _assemble(tokenizer, ids, pieces_lib.by_alignment(text, decoded), special)


def _find(part: list[int], whole: list[int]) -> int:
    """Returns where the tokens of the text begin among those with the special ones."""
    for start in range(len(whole) - len(part) + 1):
        if whole[start : start + len(part)] == part:
            return start
    raise ValueError(
        "This tokenizer tokenizes a text in another way when it adds special tokens, so that"
        " its tokens can not be laid over the text. Use the fast version of this tokenizer."
    )


def _assemble(
    tokenizer: Any, ids: Sequence[int], pieces: Sequence[str], special: Sequence[bool]
) -> Encoding:
    """Returns the encoding with the names of special tokens put among the text's pieces."""
    names = tokenizer.convert_ids_to_tokens(list(ids))
    rest = iter(pieces)
    all_pieces = [name if mark else next(rest) for name, mark in zip(names, special, strict=True)]
    return Encoding(tuple(ids), tuple(all_pieces), tuple(special))
