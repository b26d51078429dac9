"""Scores of objectives on one sequence: those in the cache, and those that are computed."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np

from seqsal.attribution import score_streams
from seqsal.attribution.caches.results import ResultCache
from seqsal.attribution.method import Scores
from seqsal.attribution.registry import AnyMethod
from seqsal.attribution.segment_method import Segments
from seqsal.attribution.sequence_run import ModelRuns
from seqsal.models.objective import Objective

_MAX_UNUSED_SHARE: Final = 0.125
"""Where less than this share of a sequence follows the objective, all of it is run: the next
selection is likely to be there, and would need a forward pass of its own."""


class CachedScores:
    """Scores on the sequences of one model; those that are not cached are computed."""

    def __init__(self, runs: ModelRuns, cache: ResultCache) -> None:
        """Computes nothing yet.

        Args:
            runs: the model and its forward passes.
            cache: caches the scores.
        """
        self._runs, self._cache = runs, cache

    def stream(
        self,
        ids: tuple[int, ...],
        objectives: Sequence[Objective],
        methods: list[AnyMethod],
        segments: Segments = (),
    ) -> Iterator[Scores]:
        """Yields the scores of each objective on one sequence, by method.

        Args:
            ids: the sequence.
            objectives: what is explained; the scores of one without terms are all 0.
            methods: the methods to compute.
            segments: what methods for segments score.

        Raises:
            ValueError: the segments are wrong, or the scores are not finite.
            CancelledError: the task was cancelled.
        """
        distinct = [objective for objective in dict.fromkeys(objectives) if objective.weights]
        infos = {
            method.info.name: score_streams.stored_info(method, segments) for method in methods
        }
        keys = [(objective, info) for objective in distinct for info in infos.values()]
        known = dict(self._cache.scores(ids, keys))
        new = [objective for objective, info in keys if (objective, info) not in known]
        run = self._runs.first(ids, _tokens_to_run(new, len(ids)))

        def is_new(objective: Objective, group: list[AnyMethod]) -> bool:
            return any((objective, infos[method.info.name]) not in known for method in group)

        streams = []
        for group in score_streams.groups(methods):
            wanted = [objective for objective in distinct if is_new(objective, group)]
            streams.append((group, score_streams.stream_group(run, group, wanted, segments)))
        nothing = np.zeros(len(ids), np.float32)
        for objective in objectives:
            for group, stream in streams if objective.weights else ():
                while is_new(objective, group):
                    computed = {
                        (done, infos[name]): score_streams.resized(row, len(ids))
                        for done, scores in (next(stream),)
                        for name, row in scores.items()
                    }
                    self._cache.add_scores(ids, computed)
                    known.update(computed)
            yield {name: known.get((objective, info), nothing) for name, info in infos.items()}


def _tokens_to_run(objectives: Iterable[Objective], tokens: int) -> int:
    """Returns how many tokens, from the first on, have to be run for some objectives."""
    end = max((objective.end + 1 for objective in objectives), default=0)
    return tokens if tokens - end < tokens * _MAX_UNUSED_SHARE else end
