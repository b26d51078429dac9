"""Encodings from what tokenizers return: exact pieces, and marks on special tokens."""

from collections.abc import Sequence

from seqsal.models.causal_lm import Encoding
from seqsal.models.pieces import Decode, from_decoding, slices


def from_offsets(
    text: str,
    ids: Sequence[int],
    names: Sequence[str],
    special_mask: Sequence[int],
    offsets: Sequence[tuple[int, int]],
) -> Encoding:
    """Returns the encoding of a text by a tokenizer with character offsets.

    Args:
        text: the text.
        ids: the token ids.
        names: the tokenizer's string for each id.
        special_mask: 1 for each special token, even where the user typed it.
        offsets: the start and end of each token in the text.
    """
    # A special token that the user typed ("</s>") covers text, and is displayed as that text.
    special = [
        bool(mark) and start == end
        for mark, (start, end) in zip(special_mask, offsets, strict=True)
    ]
    ends = [end for (_, end), mark in zip(offsets, special, strict=True) if not mark]
    return with_special(ids, names, slices(text, ends), special)


def with_special(
    ids: Sequence[int], names: Sequence[str], pieces: Sequence[str], special: Sequence[bool]
) -> Encoding:
    """Returns the encoding of tokens, some of which are special.

    >>> with_special([0, 7], ["<s>", "Ġfox"], [" fox"], [True, False]).pieces
    ('<s>', ' fox')

    Args:
        ids: the token ids.
        names: the tokenizer's string for each id, which is the piece of a special token.
        pieces: the slices of the text, one for each token that is not special.
        special: which tokens are special.
    """
    rest = iter(pieces)
    merged = [name if mark else next(rest) for name, mark in zip(names, special, strict=True)]
    return Encoding(tuple(ids), tuple(merged), tuple(special))


def continuation(decode: Decode, ids: Sequence[int], prefix: Sequence[int]) -> Encoding:
    """Returns the encoding of ids that follow a prefix; its text is what they add to it.

    Args:
        decode: token ids to text.
        ids: the ids.
        prefix: the ids before them.
    """
    pieces = from_decoding(ids, decode, prefix)
    return Encoding(tuple(ids), tuple(pieces), (False,) * len(ids))
