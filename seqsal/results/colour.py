"""The colour of a score: from a score to a colour step, and from a step to a colour.

The page computes the same colours from the same palette (`seqsal/shared/palette.json`).
"""

import functools
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from jaxtyping import Float, Int

from seqsal.models.arrays import NumpyArray
from seqsal.shared.resources import shared_data

_PALETTE: Final[Mapping[str, Any]] = shared_data("palette.json")
STEPS: Final[int] = _PALETTE["steps"]
"""Colour steps on each side of zero."""
RAMPS: Final[Mapping[str, tuple[str, str]]] = {
    name: (weakest, strongest) for name, (weakest, strongest) in _PALETTE["ramps"]["light"].items()
}
"""Both ends of each ramp: `strength` for scores without a sign, `support` for positive and
`against` for negative scores."""
_INKS: Final[tuple[str, str]] = tuple(_PALETTE["inks"])
SCALINGS: Final = ("value", "rank")


def colour_steps(
    values: Float[NumpyArray, " segments"], *, scaling: str = "value", intensity: float | int = 1
) -> Int[NumpyArray, " segments"]:
    """Returns the colour step of each value, from -STEPS to STEPS; 0 and NaN have no colour.

    >>> colour_steps(np.array([0, 1, -2, np.nan])).tolist()
    [0, 12, -24, 0]

    Args:
        values: scores of segments.
        scaling: value: proportional to the share of the largest score; rank: to the rank.
        intensity: the exponent is 1 / intensity. Above 1 weak scores become stronger; below 1
            only the strongest scores remain visible.

    Raises:
        ValueError: the scaling is unknown.
    """
    if scaling not in SCALINGS:
        raise ValueError(f"scaling must be one of {', '.join(SCALINGS)}; got {scaling!r}.")
    sizes = np.abs(np.nan_to_num(values))
    largest = sizes.max(initial=0)
    shares = sizes / largest if largest else sizes
    if scaling == "rank" and largest:
        distinct = np.unique(shares[shares > 0])
        shares = np.where(shares > 0, (np.searchsorted(distinct, shares) + 1) / len(distinct), 0)
    steps = np.floor(STEPS * shares ** (1 / intensity) + 0.5).astype(int)
    return np.where(np.nan_to_num(values) < 0, -steps, steps)


def colour_of(step: int, *, signed: bool) -> tuple[str, str] | None:
    """Returns the background and text colour of a step as #rrggbb, or None for step 0."""
    if not step:
        return None
    ramp = ("support" if step > 0 else "against") if signed else "strength"
    return ramp_colours(ramp)[abs(step) - 1]


@functools.cache
def ramp_colours(ramp: str) -> tuple[tuple[str, str], ...]:
    """Returns the background and text colour of steps 1 to STEPS of a ramp, as #rrggbb.

    Steps are evenly spaced in OKLab, where equal distances look equal
    (https://bottosson.github.io/posts/oklab/). The text is black or white, whichever has the higher
    contrast.
    """
    start, end = (_to_oklab(_parse_hex(colour)) for colour in RAMPS[ramp])
    backgrounds = [
        _to_hex(_from_oklab(start + (end - start) * step / (STEPS - 1))) for step in range(STEPS)
    ]
    return tuple((background, _ink_on(background)) for background in backgrounds)


_LMS_OF_RGB: Final = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB_OF_LMS: Final = np.array(
    [
        [0.2104542553, 0.793617785, -0.0040720468],
        [1.9779984951, -2.428592205, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.808675766],
    ]
)
_LMS_OF_LAB: Final = np.array(
    [
        [1.0, 0.3963377774, 0.2158037573],
        [1.0, -0.1055613458, -0.0638541728],
        [1.0, -0.0894841775, -1.291485548],
    ]
)
_RGB_OF_LMS: Final = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.707614701],
    ]
)

_Colour = Float[NumpyArray, "3"]


def _to_oklab(rgb: _Colour) -> _Colour:
    lab: _Colour = _LAB_OF_LMS @ np.cbrt(_LMS_OF_RGB @ _linear(rgb))
    return lab


def _from_oklab(lab: _Colour) -> _Colour:
    linear = _RGB_OF_LMS @ (_LMS_OF_LAB @ lab) ** 3
    safe = np.maximum(linear, 0)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * safe ** (1 / 2.4) - 0.055)


def _linear(rgb: _Colour) -> _Colour:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _parse_hex(colour: str) -> _Colour:
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def _to_hex(rgb: _Colour) -> str:
    parts = np.floor(rgb.clip(0, 1) * 255 + 0.5).astype(int)
    return "#" + "".join(f"{part:02x}" for part in parts)


def _ink_on(background: str) -> str:
    """Returns the text colour with the higher WCAG 2 contrast."""
    luminance = float(np.array([0.2126, 0.7152, 0.0722]) @ _linear(_parse_hex(background)))
    on_black, on_white = (luminance + 0.05) / 0.05, 1.05 / (luminance + 0.05)
    dark, light = _INKS
    return dark if on_black >= on_white else light
