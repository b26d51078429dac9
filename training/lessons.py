"""What a training step is taken on: the text, or an exercise that is not yet known."""

from __future__ import annotations

import math


class Lessons:
    """What the next step is taken on: "text", or an exercise, "echoes" or "choices".

    On text alone, copying had not been learned after 15 million tokens, and choosing the phrase
    of the same kind of example not after 22 million: too few tokens of a restaurant prompt reward
    it. An exercise takes three of four steps until its loss is under `KNOWN`; from then on it
    takes one of twenty (echoes) or three (choices), so that it is not forgotten. After `LATEST` of
    the time the text comes first, known or not.
    """

    KNOWN = 0.7
    LATEST = 0.4

    def __init__(self) -> None:
        """Begins with nothing known."""
        self.losses: dict[str, float] = {}

    def source(self, step: int, progress: float) -> str:
        """Returns what step number `step` is taken on, at some part of the time, 0 to 1."""
        for exercise in ("echoes", "choices") if progress < self.LATEST else ():
            if self.losses.get(exercise, math.inf) > self.KNOWN:
                return exercise if step % 4 else "text"
        return {0: "echoes", 5: "choices", 10: "choices", 15: "choices"}.get(step % 20, "text")

    def learned(self, source: str, loss: float) -> None:
        """Takes note of the loss of a step; a mean over about ten steps of its kind counts."""
        self.losses[source] = 0.9 * self.losses.get(source, loss) + 0.1 * loss
