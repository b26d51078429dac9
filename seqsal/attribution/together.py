"""The scores of several texts that begin alike, from passes over several of them at a time."""

import contextlib
import dataclasses
from collections.abc import Sequence

import numpy as np

from seqsal.attribution.caches.results import ResultCache
from seqsal.attribution.method import GradientMethod
from seqsal.attribution.registry import AnyMethod
from seqsal.models.arrays import NumpyArray
from seqsal.models.capabilities import BatchTrace, SharesPrefix
from seqsal.models.causal_lm import CausalLM
from seqsal.models.limits import DoesNotFitError
from seqsal.models.objective import Objective, Term


@dataclasses.dataclass(frozen=True)
class Text:
    """A sequence, and what is computed of it.

    Attributes:
        ids: the token ids.
        objective: what is explained.
        positions: of the tokens whose log-probabilities are computed.
    """

    ids: tuple[int, ...]
    objective: Objective
    positions: tuple[int, ...]


def compute_together(
    lm: CausalLM, cache: ResultCache, texts: Sequence[Text], methods: Sequence[AnyMethod]
) -> None:
    """Caches the scores and the log-probabilities of those texts that can run together.

    Numbers that are not finite are not cached.

    Raises:
        CancelledError: the task was cancelled.
    """
    chosen = [method for method in methods if isinstance(method, GradientMethod)]
    if not chosen or not isinstance(lm, SharesPrefix):
        return
    keys = [[(text.objective, method.info) for method in chosen] for text in texts]
    new = [
        text
        for text, own in zip(texts, keys, strict=True)
        if text.positions and len(cache.scores(text.ids, own)) < len(own)
    ]
    with contextlib.suppress(DoesNotFitError):
        for numbers, trace in lm.batch_traces([text.ids for text in new]):
            _compute(trace, cache, [new[number] for number in numbers], chosen)
            del trace  # Its memory is free before the next one runs.


def _compute(
    trace: BatchTrace, cache: ResultCache, texts: Sequence[Text], methods: Sequence[GradientMethod]
) -> None:
    for linearized in dict.fromkeys(method.linearized for method in methods):
        group = [method for method in methods if method.linearized == linearized]
        gradients = trace.gradients([text.objective for text in texts], linearized=linearized)
        for number, (text, gradient) in enumerate(zip(texts, gradients, strict=True)):
            if not trace.reaches(text.objective.terms):
                continue
            embeddings = trace.embeddings(number)
            scores = {
                (text.objective, method.info): trace.to_numpy(
                    method.score(gradient[None], embeddings)
                )[0]
                for method in group
            }
            if all(map(_is_finite, scores.values())):
                cache.add_scores(text.ids, scores)
    for number, text in enumerate(texts):
        terms = [Term(position, text.ids[position]) for position in text.positions]
        if trace.reaches(terms):
            logprobs = trace.to_numpy(trace.logprobs(number, terms))
            if _is_finite(logprobs):
                cache.add_logprobs(text.ids, list(text.positions), logprobs)


def _is_finite(values: NumpyArray) -> bool:
    return bool(np.isfinite(values).all())
