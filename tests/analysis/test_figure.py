"""Figures of labels."""

import io
import xml.etree.ElementTree as ET

import matplotlib.image
import pytest

from tests.analysis.conftest import Analyze


def test_figures_are_svg_and_png_and_the_same_each_time(analyze: Analyze) -> None:
    analysis = analyze(removals="labels")
    svg = analysis.to_svg(analysis.folder / "labels.svg")
    assert ET.fromstring(svg).tag.endswith("svg")
    assert (analysis.folder / "labels.svg").read_text("utf-8") == svg == analysis.to_svg()
    for value in ("share", "median_share", "excess", "top3", "effect"):
        pixels = matplotlib.image.imread(io.BytesIO(analysis.to_png(value=value, dpi=50)))
        assert pixels.shape[1] == 325
        assert pixels.min() < 0.5
    other = analyze(out="other", removals="labels", select=r"(\w)")
    assert "Difference: Share of the salience by" in analysis.to_svg(versus=other)
    assert analysis.to_png(versus=other, value="effect") != analysis.to_png(value="effect")
    with pytest.raises(ValueError, match="A difference is of share or effect; got value='top3'."):
        analysis.to_svg(value="top3", versus=other)
    with pytest.raises(ValueError, match="value must be one of share, median_share, excess"):
        analysis.to_svg(value="colour")
