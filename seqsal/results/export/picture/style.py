"""The size and font of a picture."""

import dataclasses
from typing import Final

POINTS: Final = 72
"""Points per inch."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class FigureStyle:
    """The size and font of a picture.

    Attributes:
        width: in inches.
        font_size: in points.
        font: the name of an installed font; None for DejaVu Sans. Other fonts provide the
            characters that it lacks.
        legend: whether to show the explained text, the method and the colour scale.

    Raises:
        ValueError: the font size is not above 0, or the width is less than 8 letters.
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
