"""The choices of a picture."""

import dataclasses
from typing import Final

POINTS: Final = 72
"""Points of an inch."""


@dataclasses.dataclass(frozen=True)
class Look:
    """How a result is drawn.

    Attributes:
        granularity: as in `Result.segments`.
        method: likewise.
        aggregation: likewise.
        match: likewise.
        scaling: value or rank.
        intensity: as in `scale.heat_levels`.
    """

    granularity: str = "sentences"
    method: str | None = None
    aggregation: str = "sum"
    match: str = "ends"
    scaling: str = "value"
    intensity: float | int = 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Paper:
    """What a result is drawn on.

    Attributes:
        width: in inches.
        font_size: in points.
        font: the name of an installed font; None for DejaVu Sans. Characters that it lacks are
            taken from others.
        legend: whether what is explained, the method and the scale of colours are told.

    Raises:
        ValueError: a size is not above 0, or there is hardly a letter's room.
    """

    width: float | int = 6.5
    font_size: float | int = 9
    font: str | None = None
    legend: bool = True

    def __post_init__(self) -> None:
        if self.font_size <= 0 or self.width * POINTS < 8 * self.font_size:
            raise ValueError(
                "A picture needs a font_size above 0 and a width of at least 8 letters; got"
                f" font_size={self.font_size}, width={self.width}."
            )
