"""Streams of scores that are passed on through the thinking."""

from collections.abc import Callable, Iterator, Sequence

from seqsal.attribution.caches.results import ResultCache, ScoreKey
from seqsal.attribution.method import Scores
from seqsal.attribution.registry import AnyMethod
from seqsal.attribution.segment_method import SegmentMethod
from seqsal.attribution.through import Through
from seqsal.models.arrays import NumpyArray
from seqsal.models.objective import Objective

Passes = tuple[
    Callable[[Sequence[Objective]], Iterator[Scores]], Callable[[Objective, AnyMethod], Scores]
]
"""Yields the scores of some selections; and returns those of their thinking, by a method."""


def stream_through(
    ids: tuple[int, ...],
    objectives: Sequence[Objective],
    methods: Sequence[AnyMethod],
    through: Sequence[Through],
    passes: Passes,
    cache: ResultCache,
) -> Iterator[Scores]:
    """Yields the scores of each objective, with those of the thinking passed on.

    Each method takes a second pass for each objective, because its scores are the weights.

    Args:
        ids: the sequence.
        objectives: what is explained.
        methods: methods that score tokens.
        through: for each objective the thinking whose scores are passed on.
        passes: computes the scores.
        cache: caches the results.

    Raises:
        ValueError: a method scores segments.
    """
    for method in methods:
        if isinstance(method, SegmentMethod):
            raise ValueError(
                f"through_thinking needs scores of tokens, and {method.info.name} scores"
                " segments. Choose another method, or leave the option out."
            )
    first, second = passes
    keys = [
        {method.info.name: (objective, each.info_of(method.info)) for method in methods}
        for objective, each in zip(objectives, through, strict=True)
    ]
    known = dict(cache.scores(ids, [key for row in keys for key in row.values()]))
    new = [i for i, row in enumerate(keys) if not known.keys() >= set(row.values())]
    firsts = first([objectives[i] for i in new])
    for i, row in enumerate(keys):
        if i in new:
            plain, computed = next(firsts), dict[ScoreKey, NumpyArray]()
            for method in methods:
                scores = plain[method.info.name]
                further = second(through[i].objective(ids, scores), method)
                passed = through[i].passed_on(scores, further[method.info.name])
                computed[row[method.info.name]] = passed
            cache.add_scores(ids, computed)
            known.update(computed)
        yield {name: known[key] for name, key in row.items()}
