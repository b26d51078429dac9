"""Exact encodings by a folder's tokenizer.json, or by a tokenizer of keras-hub."""

import pathlib
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import keras_hub
import numpy as np
import tokenizers

from seqsal.models import encodings
from seqsal.models.causal_lm import Encoding
from seqsal.models.keras.added_tokens import AddedToken
from seqsal.models.pieces import by_alignment, from_offsets, slices


@runtime_checkable
class Tokenizer(Protocol):
    """Texts to tokens and back."""

    def encode(self, text: str) -> Encoding:
        """Returns the tokens of a text, with the special ones that begin a sequence."""

    def decode(self, ids: Sequence[int], hidden: Collection[int] | None = None) -> str:
        """Returns the text of tokens; incomplete characters as U+FFFD.

        Args:
            ids: the tokens.
            hidden: those that have no text; None for all that are special.
        """

    @property
    def added_tokens(self) -> tuple[str, ...]:
        """The texts of the tokens that are one wherever their text is."""

    @property
    def special_tokens(self) -> Mapping[int, str]:
        """The texts of the special tokens."""

    @property
    def end_ids(self) -> tuple[int, ...]:
        """The tokens that end an answer; empty if the tokenizer does not define them."""


class FileTokenizer:
    """The tokenizer.json of a Transformers folder.

    keras-hub would read only its vocabulary and merges, and would split every text as Llama 3
    does. Here the tokens are those of the model's training.
    """

    end_ids: tuple[int, ...] = ()

    def __init__(self, file: pathlib.Path) -> None:
        self._tokenizer = tokenizers.Tokenizer.from_file(str(file))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def encode(self, text: str) -> Encoding:
        """Returns the tokens of a text, with the special ones that begin a sequence."""
        batch = self._tokenizer.encode(text)
        return encodings.from_offsets(
            text, batch.ids, batch.tokens, batch.special_tokens_mask, batch.offsets
        )

    def tokenize(self, text: str) -> tuple[list[int], list[str]]:
        """Returns the ids of a text in which special tokens are written, and the slice of each."""
        batch = self._tokenizer.encode(text, add_special_tokens=False)
        return batch.ids, from_offsets(text, batch.offsets)

    def decode(self, ids: Sequence[int], hidden: Collection[int] | None = None) -> str:
        """Returns the text of tokens; see `Tokenizer`."""
        shown = list(ids) if hidden is None else [token for token in ids if token not in hidden]
        return str(self._tokenizer.decode(shown, skip_special_tokens=hidden is None))

    @property
    def added_tokens(self) -> tuple[str, ...]:
        """The texts of the added tokens, in the order of their ids."""
        return tuple(token.content for _, token in self._added())

    @property
    def special_tokens(self) -> Mapping[int, str]:
        """The texts of the special tokens."""
        return {number: token.content for number, token in self._added() if token.special}

    def _added(self) -> list[tuple[int, tokenizers.AddedToken]]:
        return sorted(self._tokenizer.get_added_tokens_decoder().items())


class KerasTokenizer:
    """A tokenizer of keras-hub, with the start token that its preprocessor adds."""

    def __init__(self, tokenizer: Any, added: Sequence[AddedToken] = ()) -> None:
        """Stores the arguments.

        Args:
            tokenizer: the tokenizer of keras-hub.
            added: tokens that a rendered text has; those that are not in its vocabulary are
                ignored.
        """
        self._tokenizer = tokenizer
        self._special = set(getattr(tokenizer, "special_token_ids", []))
        names = [
            *getattr(tokenizer, "special_tokens", []),
            *(getattr(tokenizer, "unsplittable_tokens", None) or []),
        ]
        own = [AddedToken(str(name)) for name in names]
        known = {each.text: each for each in (*own, *added) if self._id(each.text) is not None}
        self._added = [known[text] for text in sorted(known, key=len, reverse=True)]

    @property
    def end_ids(self) -> tuple[int, ...]:
        """The tokens that end an answer, as in keras-hub's own generation."""
        names = ("end_token_id", "end_token2_id")
        known = (getattr(self._tokenizer, name, None) for name in names)
        return tuple(int(token) for token in known if token is not None)

    def encode(self, text: str) -> Encoding:
        """Returns the tokens of a text after the start token."""
        ids = [int(token) for token in np.asarray(self._tokenizer.tokenize(text))]
        pieces = self._pieces(ids, text)
        start = getattr(self._tokenizer, "start_token_id", None)
        if start is None:
            return Encoding(tuple(ids), tuple(pieces), (False,) * len(ids))
        name = str(self._tokenizer.id_to_token(int(start)))
        special = [True, *(False for _ in ids)]
        return encodings.with_special([int(start), *ids], [name] * len(special), pieces, special)

    def tokenize(self, text: str) -> tuple[list[int], list[str]]:
        """Returns the ids of a text in which special tokens are written, and the slice of each.

        keras-hub would split most special tokens; so the parts between them are tokenized.
        """
        ids, ends, start = list[int](), list[int](), 0
        pattern = "|".join(each.pattern for each in self._added) or r"(?!)"
        for found in re.finditer(pattern, text):
            self._add(text, start, found.start(), ids, ends)
            ids.append(self._id(found[0].strip()) or 0)
            ends.append(found.end())
            start = found.end()
        self._add(text, start, len(text), ids, ends)
        return ids, slices(text, ends)

    def _add(self, text: str, start: int, stop: int, ids: list[int], ends: list[int]) -> None:
        """Adds the tokens of a part of a text, and where they end in it."""
        if start == stop:
            return
        new = [int(token) for token in np.asarray(self._tokenizer.tokenize(text[start:stop]))]
        ids += new
        for piece in self._pieces(new, text[start:stop]):
            start += len(piece)
            ends.append(start)

    def _id(self, name: str) -> int | None:
        """Returns the id of a token of the vocabulary, or None."""
        try:
            token = int(self._tokenizer.token_to_id(name))
            return token if str(self._tokenizer.id_to_token(token)) == name else None
        except (KeyError, TypeError, ValueError):
            return None

    @property
    def added_tokens(self) -> tuple[str, ...]:
        """The texts of the tokens that are one in a rendered text, in the order of their ids."""
        texts = {self._id(each.text) or 0: each.text for each in self._added}
        return tuple(text for _, text in sorted(texts.items()))

    @property
    def special_tokens(self) -> Mapping[int, str]:
        """The texts of the special tokens."""
        return {token: str(self._tokenizer.id_to_token(token)) for token in sorted(self._special)}

    def decode(self, ids: Sequence[int], hidden: Collection[int] | None = None) -> str:
        """Returns the text of tokens; see `Tokenizer`."""
        left_out = self._special if hidden is None else hidden
        plain = [token for token in ids if token not in left_out]
        return b"".join(map(self._bytes, plain)).decode("utf-8", errors="replace")

    def _pieces(self, ids: Sequence[int], text: str) -> list[str]:
        """Returns each token's slice of a text, by the bytes of the tokens if they are the text."""
        parts = [self._bytes(token) for token in ids]
        joined, exact = b"".join(parts), text.encode()
        if joined == b" " + exact:  # SentencePiece may add a space before the first word.
            parts[0] = parts[0][1:]
        elif joined != exact:  # It normalized the text, or used its unknown token.
            decoded = [part.decode("utf-8", errors="ignore") for part in parts]
            return by_alignment(text, decoded)
        return pieces_from_bytes(text, [len(part) for part in parts])

    def _bytes(self, token: int) -> bytes:
        name = str(self._tokenizer.id_to_token(token))
        if isinstance(self._tokenizer, keras_hub.tokenizers.BytePairTokenizer):
            literal = name in self._tokenizer.unsplittable_tokens
            return name.encode() if literal else _from_byte_level(name)
        return _from_sentence_piece(name)


def own_tokenizer(model: Any, added: Sequence[AddedToken] = ()) -> KerasTokenizer:
    """Returns the tokenizer of a model's preprocessor.

    Args:
        model: a `keras_nlp.models.CausalLM`.
        added: as in `KerasTokenizer`.

    Raises:
        ValueError: it has none.
    """
    tokenizer = getattr(getattr(model, "preprocessor", None), "tokenizer", None)
    if tokenizer is None:
        raise ValueError(
            f"The model must have a tokenizer; this {type(model).__name__} has no preprocessor."
            " Load it with its preprocessor, or pass its preset or folder instead."
        )
    return KerasTokenizer(tokenizer, added)


def pieces_from_bytes(text: str, lengths: Sequence[int]) -> list[str]:
    """Returns the slices of a text whose tokens have these numbers of UTF-8 bytes.

    >>> pieces_from_bytes("né!", [1, 1, 2])
    ['n', 'é', '!']

    Args:
        text: the text.
        lengths: bytes of each token. A character of several tokens belongs to the first.
    """
    starts = np.cumsum([0, *(len(character.encode()) for character in text)])[:-1]
    ends = np.searchsorted(starts, np.cumsum(lengths), side="left")
    return slices(text, [int(end) for end in ends])


def _from_byte_level(name: str) -> bytes:
    """Returns the bytes of a token of a byte-level vocabulary.

    >>> _from_byte_level("ĠcafÃ©").decode()
    ' café'
    """
    if not all(character in _BYTES for character in name):
        return name.encode()
    return bytes(_BYTES[character] for character in name)


def _from_sentence_piece(name: str) -> bytes:
    """Returns the bytes of a piece of SentencePiece.

    >>> _from_sentence_piece("▁fox"), _from_sentence_piece("<0x41>")
    (b' fox', b'A')
    """
    if len(name) == 6 and name.startswith("<0x") and name.endswith(">"):
        return bytes([int(name[3:5], 16)])
    return name.replace("▁", " ").encode()


def _byte_level_alphabet() -> dict[str, int]:
    """Returns the byte of each character of a byte-level vocabulary.

    Printable Latin-1 characters are their own bytes; U+0100 and on are the other bytes in order
    (Radford et al. 2019, the encoder of GPT-2).
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    alphabet = {chr(byte): byte for byte in printable}
    return alphabet | {chr(0x100 + rank): byte for rank, byte in enumerate(others)}


_BYTES = _byte_level_alphabet()
