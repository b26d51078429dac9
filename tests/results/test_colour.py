"""Steps and colours equal those of the page, whose tests read the same file."""

import json
import os
from typing import Any

import numpy as np
import pytest

from seqsal.results import colour
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
    """Returns the colours of all ramps, and the steps of sample values."""
    ways = [("value", 1), ("value", 2.5), ("value", 0.4), ("rank", 1), ("rank", 1.7)]
    return {
        "shades": {
            ramp: [list(pair) for pair in colour.ramp_colours(ramp)] for ramp in colour.RAMPS
        },
        "levels": [
            {
                "values": values,
                "scaling": scaling,
                "intensity": intensity,
                "levels": colour.colour_steps(
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
    shades = colour.ramp_colours(ramp)
    assert (shades[0][0], shades[-1][0]) == colour.RAMPS[ramp]
    assert len({background for background, _ in shades}) == colour.STEPS


def test_a_step_has_the_colour_of_its_sign() -> None:
    assert colour.colour_of(0, signed=True) is None
    assert colour.colour_of(colour.STEPS, signed=False) == colour.ramp_colours("strength")[-1]
    assert colour.colour_of(1, signed=True) == colour.ramp_colours("support")[0]
    assert colour.colour_of(-colour.STEPS, signed=True) == colour.ramp_colours("against")[-1]


def test_an_unknown_scaling_raises_an_error() -> None:
    with pytest.raises(ValueError, match="scaling must be one of value, rank; got 'log'"):
        colour.colour_steps(np.ones(2), scaling="log")
