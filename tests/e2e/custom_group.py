"""A custom model group with LIT's names and fields, which does not use seqsal.

It has no mask of special tokens and no log-probabilities. Its tokens are words as in a vocabulary:
"▁" before each, in lower case, without white space and line breaks.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from lit_nlp.api import model as lit_model
from lit_nlp.api import types as lit_types

SUPPORTS, AGAINST = "cheese", "soup"
"""Words whose score of grad_dot_input is above and below 0, in every text."""


def tokenize(record: dict[str, Any]) -> list[str]:
    """Returns the words of the prompt and the target, after a mark for the beginning."""
    text = record["prompt"] + (record.get("target") or "")
    return ["<s>", *("▁" + word.lower() for word in text.split())]


def score(token: str) -> float:
    """Returns a score that depends only on the word."""
    return {SUPPORTS: 2.0, AGAINST: -3.0}.get(token.strip("▁.:"), 0.125)


class _Model(lit_model.Model):  # type: ignore[misc]
    @classmethod
    def init_spec(cls) -> None:
        """Returns None: there is nothing to load."""

    def input_spec(self) -> lit_types.Spec:
        """Returns the fields of a prompt."""
        return {
            "prompt": lit_types.TextSegment(),
            "target": lit_types.TextSegment(required=False),
        }


class Writer(_Model):
    """Generates an answer."""

    def output_spec(self) -> lit_types.Spec:
        """Returns the field of the answer."""
        return {"response": lit_types.GeneratedText(parent="target")}

    def predict(self, inputs: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yields an answer about the last word of each prompt."""
        for record in inputs:
            yield {"response": f"  Well,\n{record['prompt'].split()[-1]}\tneeds soup. And cheese."}


class Splitter(_Model):
    """Splits a text into tokens."""

    def output_spec(self) -> lit_types.Spec:
        """Returns the field of tokens, and no other."""
        return {"tokens": lit_types.Tokens(parent="")}

    def predict(self, inputs: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yields the tokens of each record."""
        for record in inputs:
            yield {"tokens": tokenize(record)}


class Scorer(_Model):
    """Scores tokens."""

    def input_spec(self) -> lit_types.Spec:
        """Returns the fields of a prompt, and the mask."""
        mask = lit_types.TokenScores(align="", required=False)
        return {**super().input_spec(), "target_mask": mask}

    def output_spec(self) -> lit_types.Spec:
        """Returns the fields of tokens and scores."""
        scores = lit_types.TokenScores(align="tokens")
        return {
            "tokens": lit_types.Tokens(parent=""),
            "grad_dot_input": scores,
            "grad_l2": scores,
        }

    def predict(self, inputs: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yields the scores of the tokens before the selection, for each record."""
        for record in inputs:
            tokens, mask = tokenize(record), record["target_mask"]
            assert len(mask) == len(tokens)
            last = max(i for i, selected in enumerate(mask) if selected)
            scores = [score(token) if i < last else 0.0 for i, token in enumerate(tokens)]
            yield {
                "tokens": tokens,
                "grad_dot_input": scores,
                "grad_l2": [abs(value) for value in scores],
            }


def group(name: str) -> dict[str, lit_model.Model]:
    """Returns the three models."""
    return {name: Writer(), f"_{name}_tokenizer": Splitter(), f"_{name}_salience": Scorer()}
