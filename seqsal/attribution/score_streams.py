"""Streams of scores: groups of methods that share passes, run over the objectives of a sequence."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Float32

from seqsal.attribution import removal
from seqsal.attribution.method import GradientMethod, Method, MethodInfo, Scores
from seqsal.attribution.registry import AnyMethod
from seqsal.attribution.segment_method import SegmentMethod, Segments, check_segments, spread
from seqsal.attribution.sequence_run import SequenceRun
from seqsal.models.arrays import Array, NumpyArray
from seqsal.models.causal_lm import Trace
from seqsal.models.objective import Objective


def stored_info(method: AnyMethod, segments: Segments) -> MethodInfo:
    """Returns the description under which scores are cached; it holds the segments."""
    if not isinstance(method, SegmentMethod):
        return method.info
    options = ";".join(filter(None, (method.info.options, removal.options_of(segments))))
    return dataclasses.replace(method.info, options=options)


def stream_group(
    run: SequenceRun, group: list[AnyMethod], objectives: list[Objective], segments: Segments
) -> Iterator[tuple[Objective, Scores]]:
    """Yields each objective with its scores by the methods of a group, as they are computed."""
    gradient_methods = [method for method in group if isinstance(method, GradientMethod)]
    if gradient_methods:
        return _gradient_scores(run, gradient_methods, objectives)
    (method,) = group
    if isinstance(method, SegmentMethod):
        return _segment_scores(run, method, objectives, segments)
    return _method_scores(run, method, objectives)


def groups(methods: list[AnyMethod]) -> list[list[AnyMethod]]:
    """Returns the methods that share gradients together, and each other one alone."""
    shared: dict[bool, list[AnyMethod]] = {}
    alone = []
    for method in methods:
        if isinstance(method, GradientMethod):
            shared.setdefault(method.linearized, []).append(method)
        else:
            alone.append([method])
    return [*shared.values(), *alone]


def _gradient_scores(
    run: SequenceRun, methods: list[GradientMethod], objectives: list[Objective]
) -> Iterator[tuple[Objective, Scores]]:
    """Yields the scores of each objective by several methods of one network's gradient."""

    def score(trace: Trace, gradients: Array) -> list[Scores]:
        rows = {m.info.name: trace.to_numpy(m.score(gradients, trace.embeddings)) for m in methods}
        return [{name: values[i] for name, values in rows.items()} for i in range(len(gradients))]

    linearized = methods[0].linearized
    for objective, row in run.stream_gradients(objectives, score, linearized=linearized):
        for method in methods:
            check_finite(method.info.name, row[method.info.name])
        yield objective, row


def _method_scores(
    run: SequenceRun, method: Method, objectives: list[Objective]
) -> Iterator[tuple[Objective, Scores]]:
    """Yields the scores of each objective by a method that runs the model itself."""
    for objective, scores in zip(objectives, method.attribute(run, objectives), strict=True):
        yield objective, {method.info.name: _checked(method, scores, len(run.ids), "token")}


def _segment_scores(
    run: SequenceRun, method: SegmentMethod, objectives: list[Objective], segments: Segments
) -> Iterator[tuple[Objective, Scores]]:
    """Yields the scores of each objective by a method for segments, spread over tokens."""
    if not objectives:
        return
    check_segments(segments, objectives, method.info.name)
    rows = method.attribute_segments(run, objectives, segments)
    for objective, scores in zip(objectives, rows, strict=True):
        row = _checked(method, scores, len(segments), "segment")
        yield objective, {method.info.name: spread(row, segments, len(run.ids))}


def _checked(method: AnyMethod, scores: Any, expected: int, what: str) -> Float32[NumpyArray, " n"]:
    """Returns the scores of a method in float32.

    Raises:
        ValueError: their number is wrong, or one is not finite.
    """
    row = np.asarray(scores, np.float32)
    if row.shape != (expected,):
        raise ValueError(
            f"{method.info.name} must give one score for each {what}: expected {expected}, got an"
            f" array of shape {row.shape}."
        )
    check_finite(method.info.name, row)
    return row


def check_finite(name: str, values: Float32[NumpyArray, " n"]) -> None:
    """Checks the numbers of a method.

    Raises:
        ValueError: one is not finite.
    """
    if not np.isfinite(values).all():
        raise ValueError(
            f"{name} must be finite for every token; {np.sum(~np.isfinite(values))} of"
            f" {len(values)} are not. The weights hold NaN, or the precision is too narrow:"
            " load the model with precision float32 or bfloat16."
        )


def resized(scores: Float32[NumpyArray, " run"], num_tokens: int) -> Float32[NumpyArray, " tokens"]:
    """Returns the scores of a sequence of which fewer or more tokens were run.

    >>> resized(np.array([1.0, 2.0], np.float32), 3).tolist()
    [1.0, 2.0, 0.0]
    """
    row = np.zeros(num_tokens, np.float32)
    row[: len(scores)] = scores[:num_tokens]
    return row
