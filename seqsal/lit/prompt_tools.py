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

    UMAP is one of them where umap-learn is installed.
    """
    known = core.default_interpreters({})
    return {name: known[name] for name in _OF_EMBEDDINGS if name in known}


def generators() -> dict[str, lit_components.Generator]:
    """Returns LIT's generators that make new prompts from a prompt without a classifier."""
    return {"Word Replacer": word_replacer.WordReplacer(), "Scrambler": Scrambler()}


class Scrambler(scrambler.Scrambler):  # type: ignore[misc]
    """Puts the words of a text into another order, where there is another order."""

    def generate(
        self,
        example: Mapping[str, Any],
        model: lit_model.Model | None,
        dataset: lit_dataset.Dataset,
        config: Mapping[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """Returns one new example, or none where no field that is asked for has two words.

        LIT's own (lit-nlp 1.3.1) looks for ever for another order of a single word, as an empty
        target is.
        """
        asked = (config or {}).get(scrambler.FIELDS_TO_SCRAMBLE_KEY, [])
        can = [name for name in asked if len(set(str(example.get(name) or "").split(" "))) > 1]
        narrowed = {**(config or {}), scrambler.FIELDS_TO_SCRAMBLE_KEY: can}
        made: list[dict[str, Any]] = super().generate(example, model, dataset, narrowed)
        return made
