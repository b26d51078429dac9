"""Numbers and colours are those of the page, which reads the same file in its tests."""

import json
import os
from typing import Any

import numpy as np
import pytest

from seqsal.results.export.picture import colour, scale
from tests.test_frontend_fixtures import FRONTEND, WRITE

FILE = FRONTEND / "test" / "fixtures" / "heat.json"
VALUES = {
    "none": [],
    "zeros": [0.0, 0.0],
    "unsigned": [0.0, 1e-9, 0.3, 2.0, 0.3, 7.1],
    "signed": [-3.0, 0.0, 1.5, -0.02, 2.9999],
    "outside": [None, -1.0, None, 0.25],
}


def heat() -> dict[str, Any]:
    """Returns the colours of all ramps, and the steps of some values."""
    ways = [("value", 1), ("value", 2.5), ("value", 0.4), ("rank", 1), ("rank", 1.7)]
    return {
        "shades": {ramp: [list(pair) for pair in colour.shades(ramp)] for ramp in colour.RAMPS},
        "levels": [
            {
                "values": values,
                "scaling": scaling,
                "intensity": intensity,
                "levels": scale.heat_levels(
                    np.array(values, float), scaling=scaling, intensity=intensity
                ).tolist(),
            }
            for values in VALUES.values()
            for scaling, intensity in ways
        ],
    }


def test_the_page_is_tested_with_the_same_colours_and_steps() -> None:
    if os.environ.get(WRITE):
        FILE.write_text(json.dumps(heat(), indent=1) + "\n", encoding="utf-8")
    assert json.loads(FILE.read_text(encoding="utf-8")) == heat()


@pytest.mark.parametrize("ramp", colour.RAMPS)
def test_a_ramp_goes_from_end_to_end_and_stays_legible(ramp: str) -> None:
    shades = colour.shades(ramp)
    assert (shades[0][0], shades[-1][0]) == colour.RAMPS[ramp]
    assert len({background for background, _ in shades}) == scale.STEPS


def test_a_step_has_the_colour_of_its_sign() -> None:
    assert colour.shade(0, signed=True) is None
    assert colour.shade(scale.STEPS, signed=False) == colour.shades("strength")[-1]
    assert colour.shade(1, signed=True) == colour.shades("support")[0]
    assert colour.shade(-scale.STEPS, signed=True) == colour.shades("against")[-1]


def test_an_unknown_scaling_is_told() -> None:
    with pytest.raises(ValueError, match="scaling must be one of value, rank; got 'log'"):
        scale.heat_levels(np.ones(2), scaling="log")
