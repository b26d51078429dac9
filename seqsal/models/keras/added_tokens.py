"""Tokens that are one wherever their text is; tokenizers of keras-hub would split them."""

import dataclasses
import re
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class AddedToken:
    """A token that is one wherever its text is.

    Attributes:
        text: its text.
        lstrip: whether white space before it belongs to it.
        rstrip: whether white space after it belongs to it.
    """

    text: str
    lstrip: bool = False
    rstrip: bool = False

    @property
    def pattern(self) -> str:
        """A regular expression that finds it."""
        before, after = (r"\s*" if strip else "" for strip in (self.lstrip, self.rstrip))
        return f"{before}{re.escape(self.text)}{after}"


def added_tokens(config: Mapping[str, Any], template: str) -> list[AddedToken]:
    """Returns the added tokens of a checkpoint, and what looks like some in its chat template.

    >>> [each.text for each in added_tokens({}, "<|user|>{{ messages[0].content }}[/INST]")]
    ['<|user|>', '[/INST]']

    Args:
        config: its tokenizer_config.json.
        template: the source of the template.
    """
    given = (config.get("added_tokens_decoder") or {}).values()
    added = [
        AddedToken(str(each["content"]), bool(each.get("lstrip")), bool(each.get("rstrip")))
        for each in given
        if isinstance(each, Mapping) and each.get("content")
    ]
    known = {each.text for each in added}
    shown = re.findall(r"<[^\s<>{}'\"]+>|\[/?[A-Z_]+\]", template)
    return [*added, *(AddedToken(text) for text in dict.fromkeys(shown) if text not in known)]
