"""A tiny classifier over LIT's interface, and texts for it."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from lit_nlp.api import dataset as lit_dataset
from lit_nlp.api import model as lit_model
from lit_nlp.api import types as lit_types

TONES = ["bad", "good"]
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Tone(lit_model.Model):  # type: ignore[misc]
    """Classifies a text as good or bad by two of its words."""

    @classmethod
    def init_spec(cls) -> None:
        """Returns None: there is nothing to load."""

    def input_spec(self) -> lit_types.Spec:
        """Returns the field of the text, which a language model reads as a prompt."""
        return {"prompt": lit_types.TextSegment()}

    def output_spec(self) -> lit_types.Spec:
        """Returns the fields of the classes and of an embedding."""
        return {
            "tone": lit_types.MulticlassPreds(vocab=TONES, parent="label"),
            "letters": lit_types.Embeddings(),
        }

    def predict(self, inputs: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yields the probability of each class, and the number of each letter in the text."""
        for record in inputs:
            text = record["prompt"].lower()
            good = 1 / (1 + np.exp(text.count("awful") - text.count("lovely")))
            counts = np.array([text.count(letter) for letter in _LETTERS], np.float32)
            yield {"tone": np.array([1 - good, good], np.float32), "letters": counts}


def reviews() -> lit_dataset.Dataset:
    """Returns texts with their class."""
    records = [
        {"prompt": "A lovely soup with cheese.", "label": "good", "target": " Lovely."},
        {"prompt": "The cake was awful.", "label": "bad", "target": ""},
        {"prompt": "Lovely bread, lovely butter.", "label": "good", "target": ""},
        {"prompt": "Not awful at all.", "label": "good", "target": ""},
        {"prompt": "An awful, awful evening.", "label": "bad", "target": ""},
    ]
    fields = {
        "prompt": lit_types.TextSegment(),
        "label": lit_types.CategoryLabel(vocab=TONES),
        "target": lit_types.TextSegment(),
    }
    return lit_dataset.Dataset(spec=fields, examples=records)
