"""Ablation: what the selection loses when a segment is removed."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from jaxtyping import Float32

from seqsal.attribution import removal
from seqsal.attribution.method import MethodInfo, Run, builtin_info
from seqsal.attribution.segment_method import Segments
from seqsal.models.arrays import NumpyArray
from seqsal.models.objective import Objective
from seqsal.models.progress import tasks


@dataclasses.dataclass(frozen=True)
class Ablation:
    """Scores a segment by s - s', in nats, where s' is the objective without the segment.

    Its tokens are removed and the gap is closed. See Li et al. 2016, arXiv 1612.08220.
    """

    @property
    def info(self) -> MethodInfo:
        """The description of the method."""
        return builtin_info("ablation")

    def attribute_segments(
        self, run: Run, objectives: Sequence[Objective], segments: Segments
    ) -> Iterator[Float32[NumpyArray, " segments"]]:
        """Yields the effects of removing each segment, for each objective."""
        removals = [(segment,) for segment in segments]
        for objective in objectives:
            scores = []
            for effect in removal.effects(run, objective, removals):
                scores.append(effect)
                tasks.current_task().report(
                    "progress", stage="removal", number=len(scores), of=len(segments)
                )
            yield np.array(scores, np.float32)


METHOD: Final = Ablation()
