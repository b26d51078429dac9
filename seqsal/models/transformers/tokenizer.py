"""Exact encodings from any tokenizer of Transformers, fast or slow."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from seqsal.models import encodings
from seqsal.models.causal_lm import Encoding
from seqsal.models.chat.template import ChatTemplate
from seqsal.models.pieces import Decode, by_alignment, from_offsets, from_sentencepiece
from seqsal.models.thinking import ThinkingMarks


def encode(tokenizer: Any, text: str) -> Encoding:
    """Returns the tokens of a text, with the special ones that the tokenizer adds.

    Args:
        tokenizer: a `transformers.PreTrainedTokenizerBase`.
        text: the text; may be empty.

    Raises:
        ValueError: it is a slow tokenizer that splits a text otherwise next to special tokens.
    """
    return _encode_fast(tokenizer, text) if tokenizer.is_fast else _encode_slow(tokenizer, text)


def encode_continuation(tokenizer: Any, ids: Sequence[int], prefix: Sequence[int]) -> Encoding:
    """Returns the encoding of ids whose text is what they add to a decoded prefix."""
    return encodings.continuation(decoder(tokenizer), ids, prefix)


def decoder(tokenizer: Any, hidden: Collection[int] | None = None) -> Decode:
    """Returns a function from ids to text that omits special tokens.

    Args:
        tokenizer: a `transformers.PreTrainedTokenizerBase`.
        hidden: the tokens to omit, where others that are special have a text; None for all.
    """

    def decode(ids: Sequence[int]) -> str:
        shown = list(ids) if hidden is None else [token for token in ids if token not in hidden]
        return str(
            tokenizer.decode(
                shown, skip_special_tokens=hidden is None, clean_up_tokenization_spaces=False
            )
        )

    return decode


def chat_template_of(tokenizer: Any, marks: Sequence[ThinkingMarks] = ()) -> ChatTemplate:
    """Returns the chat template of a tokenizer.

    Raises:
        ValueError: the tokenizer has no template or no offsets.
    """
    if not tokenizer.chat_template:
        raise ValueError(
            "Messages need a model whose tokenizer has a chat template, and this one does not."
            " Load an instruction-tuned checkpoint, or write the prompt as plain text: with a"
            " backslash before its first line, if that line looks like a role."
        )
    if not tokenizer.is_fast:
        raise ValueError("Messages need the fast version of this model's tokenizer.")

    def tokenize(text: str) -> tuple[list[int], list[str]]:
        batch = tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        return list(batch["input_ids"]), from_offsets(text, batch["offset_mapping"])

    return ChatTemplate(_Renderer(tokenizer), tokenize, marks)


class _Renderer:
    """The template of a tokenizer of Transformers."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def source(self, tools: Sequence[Mapping[str, Any]] | None) -> str:
        """Returns the source of the template for messages with or without tools."""
        return str(self._tokenizer.get_chat_template(tools=tools))

    def render(self, chat: Sequence[Mapping[str, Any]], **choices: Any) -> str:
        """Returns the text of messages; raises errors of Jinja."""
        return str(self._tokenizer.apply_chat_template(chat, tokenize=False, **choices))


def _encode_fast(tokenizer: Any, text: str) -> Encoding:
    batch = tokenizer(
        text, return_offsets_mapping=True, return_special_tokens_mask=True, verbose=False
    )
    ids = batch["input_ids"]
    names = tokenizer.convert_ids_to_tokens(list(ids))
    return encodings.from_offsets(
        text, ids, names, batch["special_tokens_mask"], batch["offset_mapping"]
    )


def _encode_slow(tokenizer: Any, text: str) -> Encoding:
    ids = list(tokenizer(text, verbose=False)["input_ids"])
    body = list(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])
    start = _find(body, ids)
    body_names = tokenizer.convert_ids_to_tokens(body)
    decoded = (
        from_sentencepiece(body_names)
        if any(name.startswith("▁") for name in body_names)
        else encode_continuation(tokenizer, body, ()).pieces
    )
    special = [not start <= i < start + len(body) for i in range(len(ids))]
    names = tokenizer.convert_ids_to_tokens(list(ids))
    return encodings.with_special(ids, names, by_alignment(text, decoded), special)


def _find(part: list[int], whole: list[int]) -> int:
    """Returns where the tokens of the text begin among those with the special ones."""
    for start in range(len(whole) - len(part) + 1):
        if whole[start : start + len(part)] == part:
            return start
    raise ValueError(
        "A tokenizer must split a text in the same way with and without special tokens; this one"
        " does not, so its tokens cannot be mapped to the text. Use the fast version of this"
        " tokenizer."
    )
