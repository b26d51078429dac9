"""LIT's other tools for prompts: projections of embeddings, and generators of new prompts."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Final

from lit_nlp.api import components as lit_components
from lit_nlp.api import dataset as lit_dataset
from lit_nlp.api import model as lit_model
from lit_nlp.api import types as lit_types
from lit_nlp.components import core, scrambler, word_replacer
from lit_nlp.lib import utils as lit_utils

from seqsal.shared.messages import CALLS, TOOLS, format_messages, parse_messages

_DATA: Final = (TOOLS, CALLS)
"""Blocks of the message form that hold JSON."""
_OF_EMBEDDINGS: Final = ("pca", "umap", "nearest neighbors")


def interpreters() -> dict[str, lit_components.Interpreter]:
    """Returns LIT's interpreters of embeddings; all others are for classifiers.

    UMAP is included if umap-learn is installed.
    """
    known = core.default_interpreters({})
    return {name: known[name] for name in _OF_EMBEDDINGS if name in known}


def generators() -> dict[str, lit_components.Generator]:
    """Returns LIT's generators of new prompts that need no classifier.

    They change the contents of a prompt in message form, and nothing else of it.
    """
    return {"Word Replacer": WordReplacer(), "Scrambler": Scrambler()}


class WordReplacer(word_replacer.WordReplacer):  # type: ignore[misc]
    """Replaces words of a text; of a prompt in message form, those of its contents."""

    def generate_counterfactuals(self, text: str, *rules: Any, **choices: Any) -> Iterator[str]:
        """Yields the text once for each word that a rule replaces."""
        messages = parse_messages(text) or ()
        for number, message in enumerate(messages):
            if message.role in _DATA:
                continue
            for content in super().generate_counterfactuals(message.content, *rules, **choices):
                changed = dataclasses.replace(message, content=content)
                yield format_messages([*messages[:number], changed, *messages[number + 1 :]])
        if not messages:
            yield from super().generate_counterfactuals(text, *rules, **choices)


class Scrambler(scrambler.Scrambler):  # type: ignore[misc]
    """Shuffles the words of a text; of a prompt in message form, those of each content."""

    def generate(
        self,
        example: Mapping[str, Any],
        model: lit_model.Model | None,
        dataset: lit_dataset.Dataset,
        config: Mapping[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """Returns one new example, or none if no selected field has two different words.

        LIT's own scrambler (lit-nlp 1.3.1) loops forever on a text with a single word, such as an
        empty target.
        """
        selected = (config or {}).get(scrambler.FIELDS_TO_SCRAMBLE_KEY, [])
        texts = {
            name: str(example.get(name) or "")
            for name in lit_utils.find_spec_keys(dataset.spec(), lit_types.TextSegment)
            if name in selected
        }
        updates = {name: _shuffled(text) for name, text in texts.items()}
        changed = {name: text for name, text in updates.items() if text != texts[name]}
        return [lit_utils.make_modified_input(example, changed, "Scrambler")] if changed else []


def _shuffled(text: str) -> str:
    """Returns a text with its words in another order, or as it is if it has no two words."""
    messages = parse_messages(text)
    if messages is None:
        return _shuffled_content(text)
    return format_messages(
        each
        if each.role in _DATA
        else dataclasses.replace(each, content=_shuffled_content(each.content))
        for each in messages
    )


def _shuffled_content(content: str) -> str:
    has_order = len(set(content.split(" "))) > 1
    return str(scrambler._scramble(content)) if has_order else content
