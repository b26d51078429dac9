"""The colours of the heat, as on the page."""

import functools
from typing import Final

import numpy as np
from jaxtyping import Float

from seqsal.models.arrays import NumpyArray
from seqsal.results.export.picture.scale import STEPS

RAMPS: Final = {
    "strength": ("#f6f1fb", "#5b1a8b"),
    "support": ("#e9f6f4", "#045d56"),
    "against": ("#fbf1e2", "#8a4208"),
}
"""Both ends of each ramp. Strength is for scores without a sign; a positive score supports what is
explained, a negative one speaks against it."""


@functools.cache
def shades(ramp: str) -> tuple[tuple[str, str], ...]:
    """Returns background and ink of step 1 to STEPS of a ramp, weakest first, as #rrggbb.

    Steps are even in OKLab, where equal distances look equal
    (https://bottosson.github.io/posts/oklab/). The ink is black or white, whichever reads better.
    """
    start, end = (_to_oklab(_parsed(colour)) for colour in RAMPS[ramp])
    backgrounds = [
        _written(_from_oklab(start + (end - start) * step / (STEPS - 1))) for step in range(STEPS)
    ]
    return tuple((background, _ink_on(background)) for background in backgrounds)


def shade(level: int, *, signed: bool) -> tuple[str, str] | None:
    """Returns background and ink of a step of heat, or None for the step 0, which has none."""
    if not level:
        return None
    ramp = ("support" if level > 0 else "against") if signed else "strength"
    return shades(ramp)[abs(level) - 1]


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


def _parsed(colour: str) -> _Colour:
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def _written(rgb: _Colour) -> str:
    parts = np.floor(rgb.clip(0, 1) * 255 + 0.5).astype(int)
    return "#" + "".join(f"{part:02x}" for part in parts)


def _ink_on(background: str) -> str:
    """Returns the ink with the higher WCAG 2 contrast."""
    luminance = float(np.array([0.2126, 0.7152, 0.0722]) @ _linear(_parsed(background)))
    on_black, on_white = (luminance + 0.05) / 0.05, 1.05 / (luminance + 0.05)
    return "#000000" if on_black >= on_white else "#ffffff"
