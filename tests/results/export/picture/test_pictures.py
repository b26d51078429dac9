import io
import pathlib
import warnings
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from seqsal.models.transformers import HFCausalLM
from seqsal.results.colour import RAMPS, ramp_colours
from seqsal.results.explain import explain
from seqsal.results.export.picture.fonts import fonts_for
from seqsal.results.heatmap import HeatmapStyle, coloured_segments
from seqsal.results.result import Result

PROMPT = "Taste-likes: Cheese. The quick fox.\nAnalysis:"
TARGET = " A savoury tart.\nAvoid."
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def result(lm: HFCausalLM) -> Result:
    return explain(lm, PROMPT, TARGET, select="Avoid.")


def _colours(png: bytes) -> dict[str, int]:
    image = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    values, counts = np.unique(image.reshape(-1, 3), axis=0, return_counts=True)
    return {
        "#" + bytes(value.tolist()).hex(): int(count)
        for value, count in zip(values, counts, strict=True)
    }


@pytest.mark.parametrize("method", ["grad_l2", "grad_dot_input"])
def test_a_png_has_the_colours_of_the_segments(result: Result, method: str) -> None:
    found = _colours(result.to_png(method=method, granularity="words", legend=False))
    drawn = coloured_segments(result, HeatmapStyle("words", method))
    backgrounds = {each.background for each in drawn if each.background}
    assert len(backgrounds) > 3
    assert all(found.get(colour, 0) > 50 for colour in backgrounds)
    others = {colour for ramp in RAMPS for colour, _ in ramp_colours(ramp)} - backgrounds
    assert all(found.get(colour, 0) < 50 for colour in others - {RAMPS["strength"][1]})


def test_a_png_has_the_requested_width_and_is_written(
    result: Result, tmp_path: pathlib.Path
) -> None:
    data = result.to_png(tmp_path / "a.png", width=4, dpi=100)
    assert (tmp_path / "a.png").read_bytes() == data
    image = Image.open(io.BytesIO(data))
    assert image.width == 400
    narrow = Image.open(io.BytesIO(result.to_png(width=2, dpi=100)))
    assert narrow.height > image.height


def test_a_legend_shows_both_ends_of_the_scale(result: Result) -> None:
    found = _colours(result.to_png(method="grad_dot_input"))
    assert {RAMPS["support"][1], RAMPS["against"][1]} <= set(found)


def test_an_svg_is_xml_with_the_same_colours_each_time(
    result: Result, tmp_path: pathlib.Path
) -> None:
    source = result.to_svg(tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text(encoding="utf-8") == source == result.to_svg()
    root = ET.fromstring(source)
    assert root.tag == f"{SVG}svg"
    for each in coloured_segments(result, HeatmapStyle()):
        assert not each.background or f"fill: {each.background}" in source
    assert not list(root.iter(f"{SVG}text"))
    assert len(list(root.iter(f"{SVG}use"))) > 60


def test_the_explained_characters_are_underlined_exactly(lm: HFCausalLM) -> None:
    result = explain(lm, "The fox", " likes eggs. No.", select="eggs")
    selected = "".join(
        character
        for character, mark in zip(
            "The fox likes eggs. No.", result.selected_characters, strict=True
        )
        if mark
    )
    assert "eggs" in selected
    assert "likes" not in selected


@pytest.mark.filterwarnings("error")
def test_texts_of_math_markup_and_control_characters_are_drawn_as_they_are(
    lm: HFCausalLM,
) -> None:
    result = explain(lm, "a $x_1^2$ \\frac \x07 <b>&amp;\r\n\tq", " $ %")
    ET.fromstring(result.to_svg())
    assert result.to_png()


def test_characters_without_a_font_raise_a_warning(lm: HFCausalLM) -> None:
    result = explain(lm, "a \U000e0fff \ue123 b", " c")
    with pytest.warns(UserWarning, match=r"No installed font has \ue123 \(U\+E123\); they are"):
        result.to_png()


def test_fonts_are_added_only_for_what_is_missing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert fonts_for("Plain text, and äß.", 9.0).families == ("DejaVu Sans",)
        serif = fonts_for("Plain", 9.0, "DejaVu Serif")
    assert serif.families == ("DejaVu Serif", "DejaVu Sans")
    wide, narrow = fonts_for("WW", 18.0), fonts_for("ii", 9.0)
    assert wide.width("WW") > 4 * narrow.width("ii")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"font": "No Such Font"}, "font must be the name of an installed font"),
        ({"width": 0.5}, "a width of at least 8 letters; got font_size=9, width=0.5"),
        ({"font_size": 0}, "needs a font_size above 0"),
        ({"scaling": "log"}, "scaling must be one of value, rank; got 'log'"),
        ({"method": "lime"}, "method must be one of linearized, grad_l2, grad_dot_input"),
    ],
)
def test_an_invalid_picture_option_raises_an_error(
    result: Result, options: dict[str, str | float | int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        result.to_svg(**options)  # type: ignore[arg-type]


def test_a_picture_that_is_too_high_raises_an_error(
    result: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seqsal.results.export.picture.figure._MAX_INCHES", 1.0)
    with pytest.raises(ValueError, match="at most 1 inches high; this one would be 2"):
        result.to_png()
