"""LIME over segments: a sparse linear model of what random removals do, as in ContextCite."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64

from seqsal.attribution import removal
from seqsal.attribution.method import Cost, MethodInfo, Run, builtin_info
from seqsal.attribution.removal_masks import (
    MOST_MASKS,
    balanced_masks,
    default_count,
    random_masks,
)
from seqsal.attribution.segment_method import Segments
from seqsal.models.arrays import NumpyArray
from seqsal.models.capabilities import Ranges
from seqsal.models.objective import Objective
from seqsal.models.progress import tasks

_PENALTY: Final = 0.01
"""The weight of the L1 norm, per token of the selection, as in ContextCite."""


@dataclasses.dataclass(frozen=True)
class Lime:
    """Scores segments by the coefficients of a Lasso.

    Segments are removed at random, each with probability 1/2. Where a text holds nothing but the
    segments, at least one of them stays. The target of the regression is the logit of the
    selection's probability, log p - log(1 - p), or for an objective with other weights than 1, such
    as the contrast of two tokens, its value. See Cohen-Wang et al. 2024, arXiv 2409.00729.

    Attributes:
        masks: the largest number of removals, each a forward pass. None for 32 if there are up to
            16 segments, 48 up to 32, and otherwise 64.
        seed: the seed of the masks.
        independent: whether each mask is drawn alone, as in ContextCite, also where there are
            enough for a balanced set (see `removal_masks.balanced_masks`).
    """

    masks: int | None = None
    seed: int = 0
    independent: bool = False

    def __post_init__(self) -> None:
        if self.masks is not None and self.masks < 2:
            raise ValueError(f"lime needs at least 2 masks to fit a model; got {self.masks}.")

    @property
    def info(self) -> MethodInfo:
        """The description of the method."""
        info = builtin_info("lime")
        if self == Lime():
            return info
        options = [f"{name}={value}" for name, value in dataclasses.asdict(self).items()]
        cost = info.cost if self.masks is None else Cost(forward=self.masks)
        return dataclasses.replace(info, options=",".join(options), cost=cost)

    def draw(
        self, num_segments: int, *, may_be_empty: bool = True
    ) -> Bool[NumpyArray, "masks segments"]:
        """Returns for each removal which segments stay.

        Args:
            num_segments: the number of segments.
            may_be_empty: whether all of them may go.
        """
        if self.independent:
            count, masks = self.masks or MOST_MASKS, random_masks
        else:
            count, masks = self.masks or default_count(num_segments), balanced_masks
        return masks(num_segments, count, self.seed, may_be_empty=may_be_empty)

    def attribute_segments(
        self, run: Run, objectives: Sequence[Objective], segments: Segments
    ) -> Iterator[Float32[NumpyArray, " segments"]]:
        """Yields the coefficients of the segments, for each objective."""
        kept = self.draw(len(segments), may_be_empty=_leave_text(segments, objectives))
        columns = values_of(run, objectives, segments, kept)
        for objective, column in zip(objectives, columns, strict=True):
            plain = all(weight == 1 for _, weight in objective.weights)
            target = logit(column) if plain else column
            yield fit(kept, target, len(objective.weights)).astype(np.float32)


def values_of(
    run: Run,
    objectives: Sequence[Objective],
    segments: Segments,
    masks: Bool[NumpyArray, "masks segments"],
) -> Float64[NumpyArray, "objectives masks"]:
    """Returns the values of objectives on the text of each mask, in nats.

    Masks that begin alike follow each other: what their texts have in common runs once.

    Args:
        run: the whole sequence.
        objectives: what is evaluated.
        segments: ranges of tokens.
        masks: which segments stay.
    """
    order = sorted(range(len(masks)), key=lambda number: masks[number].tolist())
    removals = [_removed(segments, masks[number]) for number in order]
    values = np.zeros((len(objectives), len(masks)))
    found = removal.objectives_without(run, objectives, removals)
    for done, (number, value) in enumerate(zip(order, found, strict=True), start=1):
        values[:, number] = value
        tasks.current_task().report("progress", stage="removal", number=done, of=len(removals))
    return values


def logit(logprobs: Float[NumpyArray, " n"]) -> Float[NumpyArray, " n"]:
    """Returns log p - log(1 - p) for log-probabilities.

    >>> logit(np.log([0.5, 0.9])).round(3).tolist()
    [0.0, 2.197]
    """
    below_one = np.minimum(logprobs, -1e-7)
    odds: NumpyArray = below_one - np.log1p(-np.exp(below_one))
    return odds


def fit(
    masks: Bool[NumpyArray, "masks segments"], target: Float[NumpyArray, " masks"], num_terms: int
) -> Float[NumpyArray, " segments"]:
    """Returns the coefficients of a Lasso on standardized masks.

    Args:
        masks: which segments stay.
        target: the value to predict for each mask.
        num_terms: the terms of the objective; the penalty is per term.
    """
    from sklearn import linear_model, pipeline, preprocessing

    scaler, lasso = preprocessing.StandardScaler(), linear_model.Lasso(alpha=_PENALTY)
    model: Any = pipeline.make_pipeline(scaler, lasso)
    model.fit(masks.astype(np.float64), target / num_terms)
    coefficients: NumpyArray = lasso.coef_ / scaler.scale_ * num_terms
    return coefficients


def _leave_text(segments: Segments, objectives: Sequence[Objective]) -> bool:
    """Returns whether all segments can be removed, so that the model has something to continue.

    Raises:
        ValueError: not even one of them can be removed.
    """
    first = min(term.position for objective in objectives for term in objective.terms)
    covered = {position for start, end in segments for position in range(start, end)}
    leaves = not covered.issuperset(range(first))
    if not leaves and len(segments) < 2:
        raise ValueError(
            "lime compares texts without some of their segments, and the only segment is all there"
            " is before the selection. Use smaller segments, such as words."
        )
    return leaves


def _removed(segments: Segments, kept: Bool[NumpyArray, " segments"]) -> Ranges:
    return tuple(segment for segment, stays in zip(segments, kept, strict=True) if not stays)


METHOD: Final = Lime()
