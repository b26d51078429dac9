"""LIT's other tools for prompts: projections of embeddings, and generators of new prompts."""

from collections.abc import Mapping
from typing import Any, Final

from lit_nlp.api import components as lit_components
from lit_nlp.api import dataset as lit_dataset
from lit_nlp.api import model as lit_model
from lit_nlp.components import core, scrambler, word_replacer

_OF_EMBEDDINGS: Final = ("pca", "umap", "nearest neighbors")


def interpreters() -> dict[str, lit_components.Interpreter]:
    """Returns LIT's interpreters of embeddings; all others are for classifiers.

    UMAP is included if umap-learn is installed.
    """
    known = core.default_interpreters({})
    return {name: known[name] for name in _OF_EMBEDDINGS if name in known}


def generators() -> dict[str, lit_components.Generator]:
    """Returns LIT's generators of new prompts that need no classifier."""
    return {"Word Replacer": word_replacer.WordReplacer(), "Scrambler": Scrambler()}


class Scrambler(scrambler.Scrambler):  # type: ignore[misc]
    """Shuffles the words of a text that has at least two different words."""

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
        shuffled = [
            name for name in selected if len(set(str(example.get(name) or "").split(" "))) > 1
        ]
        narrowed = {**(config or {}), scrambler.FIELDS_TO_SCRAMBLE_KEY: shuffled}
        made: list[dict[str, Any]] = super().generate(example, model, dataset, narrowed)
        return made
