"""Scores of contrasts: those of objectives minus those of an objective on another sequence."""

from collections.abc import Iterator, Sequence

from seqsal.attribution.cached_scores import CachedScores
from seqsal.attribution.contrast import Contrast, check_shared
from seqsal.attribution.method import GradientMethod, Scores
from seqsal.attribution.registry import AnyMethod
from seqsal.attribution.score_streams import resized
from seqsal.attribution.segment_method import Segments
from seqsal.attribution.sequence_run import ModelRuns
from seqsal.models.objective import Objective


def stream_contrasts(
    runs: ModelRuns,
    cached: CachedScores,
    ids: tuple[int, ...],
    objectives: Sequence[Objective],
    methods: Sequence[AnyMethod],
    segments: Segments,
    versus: Contrast,
) -> Iterator[Scores]:
    """Yields the scores of each objective minus those of an objective on another sequence.

    Methods of gradients score the difference of the gradients. Of other methods the scores of both
    sides are subtracted, which needs a sign.

    Args:
        runs: the model and its forward passes.
        cached: the scores of each side alone.
        ids: the sequence.
        objectives: what is explained.
        methods: the methods to compute.
        segments: what methods for segments score.
        versus: what is subtracted.

    Raises:
        ValueError: a segment is not in the part that both sequences begin with, or a method that
            does not use gradients has no sign.
        CancelledError: the task was cancelled.
    """
    shared = versus.shared_with(ids)
    check_shared(segments, shared)
    other = runs.whole(versus.ids)
    others = [method for method in methods if not isinstance(method, GradientMethod)]
    if unsigned := [m.info.name for m in others if not m.info.signed]:
        raise ValueError(
            f"A contrast is the difference of two scores, which needs a sign; {unsigned[0]} has"
            " none."
        )
    minus = next(cached.stream(versus.ids, [versus.objective], others, segments), {})
    for objective in objectives:
        run = runs.first(ids, objective.end + 1)
        end = min(shared, min((term.position for term in objective.terms), default=0))
        scores = next(cached.stream(ids, [objective], others, segments), {})
        found = {
            name: resized(row[:end] - minus[name][:end], len(ids)) for name, row in scores.items()
        }
        for linearized in {m.linearized for m in methods if isinstance(m, GradientMethod)}:
            sides = [
                next(each_run.gradients([each], linearized=linearized))[:end]
                for each_run, each in ((run, objective), (other, versus.objective))
            ]
            embeddings = run.embeddings()[:end]
            for method in methods:
                if isinstance(method, GradientMethod) and method.linearized == linearized:
                    row = method.score((sides[0] - sides[1])[None], embeddings)
                    found[method.info.name] = resized(run.to_numpy(row)[0], len(ids))
        yield {method.info.name: found[method.info.name] for method in methods}
