"""The curriculum: which training steps use the text, and which use an exercise."""

from __future__ import annotations

import math


class Lessons:
    """Chooses the source of the next step: "text", or an exercise, "echoes" or "choices".

    From text alone, a model did not learn to copy within 15 million tokens, or to choose the phrase
    of the same kind of example within 22 million: too few tokens of a restaurant prompt reward it.
    An exercise gets three of four steps until its loss is below `KNOWN`. After that, of twenty
    steps one uses echoes and three use choices, so that the model does not forget them. From the
    share `LATEST` of the time on, most steps use the text in any case.
    """

    KNOWN = 0.7
    LATEST = 0.4

    def __init__(self) -> None:
        """Starts without any losses."""
        self.losses: dict[str, float] = {}

    def source(self, step: int, progress: float) -> str:
        """Returns the source of a step; `progress` is the share of the time, 0 to 1."""
        for exercise in ("echoes", "choices") if progress < self.LATEST else ():
            if self.losses.get(exercise, math.inf) > self.KNOWN:
                return exercise if step % 4 else "text"
        return {0: "echoes", 5: "choices", 10: "choices", 15: "choices"}.get(step % 20, "text")

    def learned(self, source: str, loss: float) -> None:
        """Records the loss of a step in a moving average over about ten steps of its source."""
        self.losses[source] = 0.9 * self.losses.get(source, loss) + 0.1 * loss
