"""The thinking marks of a tokenizer of Transformers."""

from collections.abc import Iterable, Mapping
from typing import Any

from seqsal.models import thinking_marks as marks_of_model
from seqsal.models.thinking import ThinkingMarks


def thinking_marks(tokenizer: Any) -> tuple[ThinkingMarks, ...]:
    """Returns the marks between which a model writes its thinking; none if it has none.

    Args:
        tokenizer: a tokenizer of Transformers.
    """
    tokens = [str(text) for text in getattr(tokenizer, "get_added_vocab", dict)()]
    templates = _sources(getattr(tokenizer, "chat_template", None))
    return marks_of_model.find_marks(
        getattr(tokenizer, "response_template", None), tokens, templates
    )


def hidden_ids(tokenizer: Any, marks: Iterable[ThinkingMarks]) -> frozenset[int] | None:
    """Returns the special tokens that a decoding leaves out but for those in marks.

    It is None if no mark holds a special token: then a decoding leaves out all.
    """
    special = {
        int(token): str(added)
        for token, added in getattr(tokenizer, "added_tokens_decoder", {}).items()
        if added.special
    }
    return marks_of_model.hidden_ids(special, marks)


def _sources(template: object) -> list[str]:
    if isinstance(template, Mapping):
        return [str(each) for each in template.values()]
    return [template] if isinstance(template, str) else []
