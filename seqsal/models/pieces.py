"""Exact text pieces of tokens: joined, they are the text, to the byte.

A tokenizer's own token strings are not text: "Ġ" is a space, an emoji is four tokens of one byte
each. Here the piece of every token is a slice of the original text. A character that several
tokens share belongs to the first of them; the others have the empty string.
"""

import codecs
import itertools
import re
from collections.abc import Callable, Sequence

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_MAX_CHARACTER_TOKENS = 8  # A character has at most 4 bytes: more tokens are not one character.
_BYTE = re.compile("<0x[0-9A-Fa-f]{2}>")
_WINDOW = 8  # Tokens decoded before a token: bounded, so that long answers take linear time.
_SEARCH_AHEAD = 16

Decode = Callable[[Sequence[int]], str]


def from_offsets(text: str, offsets: Sequence[tuple[int, int]]) -> list[str]:
    """Returns each token's slice of a text, given the tokens' character offsets.

    Text that the offsets omit, such as a trimmed space, belongs to the following token, and at the
    end of the text to the last token.

    >>> from_offsets("a 🙂", [(0, 1), (2, 3), (2, 3)])
    ['a', ' 🙂', '']
    """
    return slices(text, [end for _, end in offsets])


def from_decoding(ids: Sequence[int], decode: Decode, prefix: Sequence[int]) -> list[str]:
    """Returns the text that each id adds when the ids are decoded after a prefix.

    Decoding is not a sum over tokens: a character can span several of them, and the space before a
    word can depend on the token before it. So a token is decoded together with up to 8 tokens
    before it, and the text that it adds is its piece.

    Args:
        ids: the ids to turn into text.
        decode: ids -> text. Bytes that are not yet a whole character come as U+FFFD.
        prefix: the ids before them.
    """
    text = Continuation(decode, prefix)
    pieces = [piece for token in ids for piece in text.add(token)]
    return pieces + text.end()


class Continuation:
    """The exact pieces that ids add to a text, incrementally."""

    def __init__(self, decode: Decode, prefix: Sequence[int]) -> None:
        """Starts after the ids of a prefix; for `decode` see `from_decoding`."""
        self._decode = decode
        # Tokens of whole characters, decoded before a token.
        self._groups = [_whole_end(prefix, decode)]
        self._known = decode(self._groups[0])
        self._pending: list[int] = []  # Tokens since the last whole character.

    @property
    def known(self) -> str:
        """The text of the last whole characters, in a window of some tokens."""
        return self._known

    def add(self, token: int) -> list[str]:
        """Returns the pieces of the ids since the last whole character; none within a character."""
        self._pending.append(token)
        decoded = self._decode([*itertools.chain(*self._groups), *self._pending])
        unfinished = decoded.endswith(_REPLACEMENT) and len(self._pending) < _MAX_CHARACTER_TOKENS
        return [] if unfinished else self._settle(decoded)

    def end(self) -> list[str]:
        """Returns the pieces of the last ids, if their character is incomplete."""
        if not self._pending:
            return []
        return self._settle(self._decode([*itertools.chain(*self._groups), *self._pending]))

    def _settle(self, decoded: str) -> list[str]:
        pieces = [decoded[len(self._known) :], *[""] * (len(self._pending) - 1)]
        self._groups, self._pending = [*self._groups, self._pending][-_WINDOW:], []
        self._known = self._decode([*itertools.chain(*self._groups)])
        return pieces


def _whole_end(ids: Sequence[int], decode: Decode) -> list[int]:
    """Returns the last ids, from the start of a character on.

    Bytes without the first byte of their character would change the decoding of all later bytes.
    """
    for start in range(max(len(ids) - _WINDOW, 0), 0, -1):
        if not decode(ids[start:]).startswith(_REPLACEMENT):
            return [*ids[start:]]
    return [*ids]


def from_sentencepiece(names: Sequence[str]) -> list[str]:
    """Returns the text of SentencePiece tokens, given their names: "▁" is a space, "<0x0A>" a byte.

    A character of several bytes belongs to the first of their tokens. The space that SentencePiece
    adds before a text is included.

    >>> from_sentencepiece(["▁a", "<0xC3>", "<0xA9>", "b"])
    [' a', 'é', '', 'b']
    """
    pieces = []
    for is_byte, run in itertools.groupby(names, key=lambda name: bool(_BYTE.fullmatch(name))):
        if is_byte:
            pieces += _characters([int(name[3:5], 16) for name in run])
        else:
            pieces += [name.replace("▁", " ") for name in run]
    return pieces


def _characters(values: Sequence[int]) -> list[str]:
    """Returns for each byte the character that it starts, or the empty string."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    pieces, start = [""] * len(values), 0
    for index, value in enumerate(values):
        if character := decoder.decode(bytes([value])):
            pieces[start] = character
            start = index + 1
    if start < len(values):
        pieces[start] = decoder.decode(b"", final=True)
    return pieces


def by_alignment(text: str, decoded: Sequence[str]) -> list[str]:
    """Returns each token's slice of a text, given approximately the text of each token.

    For tokenizers without offsets. A token is searched for just after the piece before it; text
    that is not found, such as a character that the tokenizer rewrote, belongs to the next token
    that is found.

    >>> by_alignment("Ｆull  width", ["F", "ull", " width"])
    ['', 'Ｆull', '  width']
    """
    ends, cursor = [], 0
    for piece in decoded:
        core = piece.strip()
        found = text.find(core, cursor, cursor + len(core) + _SEARCH_AHEAD) if core else -1
        if found >= 0:
            cursor = found + len(core)
        elif piece and text.startswith(piece, cursor):  # White space alone.
            cursor += len(piece)
        ends.append(cursor)
    return slices(text, ends)


def slices(text: str, ends: Sequence[int]) -> list[str]:
    """Returns the slices of a text that end at `ends`; the last one includes the rest."""
    pieces, start = [], 0
    for index, end in enumerate(ends):
        stop = len(text) if index == len(ends) - 1 else max(start, end)
        pieces.append(text[start:stop])
        start = stop
    return pieces
