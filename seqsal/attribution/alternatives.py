"""Alternatives: what a model could have written instead of a token."""

import dataclasses
from collections.abc import Sequence

from seqsal.attribution.engine import Engine
from seqsal.models.capabilities import DecodesContinuations
from seqsal.models.causal_lm import CausalLM


@dataclasses.dataclass(frozen=True)
class Alternative:
    """A token that a model could have written.

    Attributes:
        id: the token.
        text: the text that it adds.
        logprob: its log-probability, in nats.
    """

    id: int
    text: str
    logprob: float


def alternatives(
    lm: CausalLM, engine: Engine, ids: tuple[int, ...], position: int, count: int
) -> list[Alternative]:
    """Returns the likeliest tokens at a position of a sequence, the likeliest first.

    Args:
        lm: the model.
        engine: an engine of the model.
        ids: the sequence.
        position: from 1 on; the model predicts the first token from nothing.
        count: how many tokens.

    Raises:
        ValueError: the position is not one that is predicted, the sequence does not fit, or the
            model does not know the text of single tokens.
    """
    return [
        Alternative(term.token, text_after(lm, ids[:position], term.token), logprob)
        for term, logprob in engine.likeliest(ids, position, count)
    ]


def text_after(lm: CausalLM, ids: Sequence[int], token: int) -> str:
    """Returns the text that a token adds to a sequence.

    Raises:
        ValueError: the model does not know the text of single tokens.
    """
    if not isinstance(lm, DecodesContinuations):
        raise ValueError(
            "Alternatives need the text of single tokens; this kind of model does not give it."
        )
    return lm.text_after(ids, token)
