"""Icon fonts: icons that a script names stay, all others are removed."""

import pathlib
import re
import shutil

import pytest
from fontTools import ttLib
from fontTools.pens.svgPathPen import SVGPathPen

from seqsal.lit.client import icons
from seqsal.lit.client import root as client

FONTS = pathlib.Path(client.__file__).parents[2] / "frontend" / "dist" / "fonts"


@pytest.fixture(params=["material-icons.woff2", "material-icons-outlined.woff2"])
def font(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> pathlib.Path:
    """A copy of a whole icon font."""
    return pathlib.Path(shutil.copy(FONTS / request.param, tmp_path))


def _shape(path: pathlib.Path, name: str) -> str:
    """Returns the outline that a font draws for an icon's name."""
    font = ttLib.TTFont(path)
    letters = icons._letters(font)
    glyph = next(
        ligature.LigGlyph
        for table in icons._ligature_tables(font)
        for first, ligatures in table.ligatures.items()
        for ligature in ligatures
        if icons._spelled(first, ligature, letters) == name
    )
    glyphs = font.getGlyphSet()
    pen = SVGPathPen(glyphs)
    glyphs[glyph].draw(pen)
    return str(pen.getCommands())


def test_a_used_icon_keeps_its_outline_and_others_are_removed(font: pathlib.Path) -> None:
    before = font.stat().st_size
    outlines = {name: _shape(font, name) for name in ("push_pin", "chevron_right", "search")}
    icons.subset_font(font, frozenset({"push_pin", "chevron_right", "search", "no_such_icon"}))
    assert icons.names(ttLib.TTFont(font)) == set(outlines)
    assert {name: _shape(font, name) for name in outlines} == outlines
    assert font.stat().st_size < before / 50


def test_letters_keep_their_widths(font: pathlib.Path) -> None:
    def widths() -> dict[int, int]:
        whole = ttLib.TTFont(font)
        return {code: whole["hmtx"][glyph][0] for code, glyph in whole.getBestCmap().items()}

    before = widths()
    icons.subset_font(font, frozenset({"add"}))
    after = widths()
    assert set(map(ord, "abcxyz019_")) <= set(after)
    assert after == {code: before[code] for code in after}


def test_every_icon_in_lits_bundle_stays(font: pathlib.Path) -> None:
    script = client.stock_client_root() / "main.js"
    spelled = re.findall(
        r"<mwc-icon[^<>]*>\s*(\w+)\s*</mwc-icon>", script.read_text(encoding="utf-8")
    )
    drawn = set(spelled) & icons.names(ttLib.TTFont(font))
    assert len(drawn) > 5
    icons.subset_font(font, icons.words_of([script]))
    remaining = icons.names(ttLib.TTFont(font))
    assert drawn <= remaining
    assert {"east", "west", "expand_less", "expand_more"} <= remaining  # Chosen by a variable.
    assert font.stat().st_size < 20_000


def test_the_icons_of_a_custom_build_stay(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    base = tmp_path / "base"
    shutil.copytree(client.stock_client_root(), base, ignore=shutil.ignore_patterns("*.gif"))
    with (base / "main.js").open("a") as script:
        script.write(";const mine = '<mwc-icon>electric_scooter</mwc-icon>';")
    fonts = {
        root: pathlib.Path(client.client_root(root)) / "static" / "seqsal" / "fonts"
        for root in (None, base)
    }
    remaining = {
        root: icons.names(ttLib.TTFont(folder / "material-icons.woff2"))
        for root, folder in fonts.items()
    }
    assert "electric_scooter" in remaining[base]
    assert "electric_scooter" not in remaining[None]
