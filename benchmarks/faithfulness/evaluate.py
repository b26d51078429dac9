"""Runs contenders on items and measures their scores; both are kept, so a run can continue."""

import contextlib
import dataclasses
import pathlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.faithfulness import metrics, rows
from benchmarks.faithfulness.contenders import Contender
from benchmarks.faithfulness.items import Item
from benchmarks.faithfulness.models import Model
from benchmarks.faithfulness.removals import Removals
from seqsal.models.arrays import NumpyArray


@dataclasses.dataclass(frozen=True)
class Scored:
    """The scores of a contender on an item, and what they cost.

    Attributes:
        scores: of the parts.
        seconds: that it took.
        passes: forward passes, in units of the whole prompt with its answer.
    """

    scores: NumpyArray
    seconds: float
    passes: float


class ScoreFile:
    """Scores by item and contender in a file of JSON lines; other processes may add to it."""

    def __init__(self, file: pathlib.Path) -> None:
        """Reads what was computed before."""
        self.file = file
        self._known: dict[tuple[str, str, int], Scored] = {}
        self.reload()

    def reload(self) -> None:
        """Reads what other processes added."""
        for row in rows.read(self.file):
            scored = Scored(np.array(row["scores"]), row["seconds"], row["passes"])
            self._known[row["item"], row["method"], row["version"]] = scored

    def get(self, item: Item, name: str, version: int) -> Scored | None:
        """Returns the scores of a contender on an item, or None."""
        return self._known.get((item.key, name, version))

    def compute(self, model: Model, item: Item, contender: Contender) -> Scored:
        """Returns the scores of a contender on an item, computed where they are not known."""
        found = self.get(item, contender.name, contender.version)
        if found is not None:
            return found
        with count_tokens(model) as count:
            start = time.perf_counter()
            scores = contender.scores(item)
            seconds = time.perf_counter() - start
        whole = len(item.ids) + len(item.answer) - 1
        scored = Scored(np.asarray(scores, np.float64), seconds, count() / whole)
        row = {"item": item.key, "method": contender.name, "version": contender.version}
        values = {"scores": scored.scores.tolist(), "seconds": seconds, "passes": scored.passes}
        rows.append(self.file, row | values)
        self._known[item.key, contender.name, contender.version] = scored
        return scored


@contextlib.contextmanager
def count_tokens(model: Model) -> Iterator[Callable[[], int]]:
    """Yields a function that returns how many tokens the first layer has run so far."""
    counted = 0

    def hook(_module: Any, args: tuple[Any, ...]) -> None:
        nonlocal counted
        counted += args[0].shape[0] * args[0].shape[1]

    handle = model.lm.model.get_decoder().layers[0].register_forward_pre_hook(hook)
    try:
        yield lambda: counted
    finally:
        handle.remove()


def variants(item: Item, scored: Sequence[Scored], drawn: NumpyArray | None) -> list[metrics.Kept]:
    """Returns all that the measures of some contenders on an item take out or keep."""
    found = [item.all_parts]
    if item.cause is None:
        found += [item.without(i) for i in item.all_parts]
    for each in scored:
        found += metrics.removal_variants(each.scores).values()
        if drawn is not None:
            found += metrics.share_variants(each.scores).values()
    if drawn is not None:
        found += [metrics.kept_by(mask) for mask in drawn]
    return found


def places(cause: int, scored: Scored) -> dict[str, float]:
    """Returns the measures of the place of a cause, which take no further pass."""
    rank = metrics.cause_rank(scored.scores, cause)
    return {
        "first": float(rank == 1),
        "top_3": float(rank <= 3),
        "rank": rank,
        "mass": metrics.mass_ratio(scored.scores, cause),
        "seconds": scored.seconds,
        "passes": scored.passes,
    }


def measures(
    item: Item, scored: Scored, removals: Removals, drawn: NumpyArray | None
) -> dict[str, float]:
    """Returns the measures of a contender's scores on an item.

    Args:
        item: the item.
        scored: the scores.
        removals: measures what variants of the prompt give.
        drawn: the masks of the LDS; None to leave out the measures that take many passes.
    """
    scores = scored.scores
    cause = item.cause if item.cause is not None else int(removals.effects(item).argmax())
    found = places(cause, scored)
    if item.cause is None:
        found["loo_correlation"] = metrics.rank_correlation(scores, removals.effects(item))
    whole = float(removals.logprobs(item, [item.all_parts])[0])
    kept = _measured(item, removals, metrics.removal_variants(scores))
    found |= metrics.removal_measures(whole, kept)
    if drawn is not None:
        kept = _measured(item, removals, metrics.share_variants(scores))
        found |= metrics.share_measures(whole, kept, len(item.positions))
        masked = removals.logprobs(item, [metrics.kept_by(mask) for mask in drawn])
        found["lds"] = metrics.lds(scores, drawn, masked)
    return found


def _measured(item: Item, removals: Removals, kept: Mapping[str, metrics.Kept]) -> dict[str, float]:
    values = removals.logprobs(item, kept.values()).tolist()
    return dict(zip(kept, values, strict=True))


def mean(found: Iterable[dict[str, float]]) -> dict[str, tuple[float, float, float, int]]:
    """Returns the mean of each measure, its confidence interval, and its number of items.

    Of the seconds it is the median: other work on the machine makes a few of them long.
    """
    columns: dict[str, list[float]] = {}
    for row in found:
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
    return {
        name: (
            float(np.median(values) if name == "seconds" else np.mean(values)),
            *metrics.interval(values),
            len(values),
        )
        for name, values in columns.items()
    }
