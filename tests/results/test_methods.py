"""Results of methods that seqsal does not know."""

import dataclasses
import json

import jsonschema
import numpy as np
import pytest

from seqsal.attribution.method import MethodInfo
from seqsal.results.colour import RAMPS
from seqsal.results.heatmap import HeatmapStyle, coloured_segments
from seqsal.results.result import Result
from seqsal.results.scores import Salience
from seqsal.shared.resources import shared_data

DESCRIPTION = MethodInfo.from_json(
    {
        "name": "flow",
        "version": 3,
        "label": "Attention flow",
        "help": "How much attention flows from each token to the selection.",
        "signed": True,
        "scores": "tokens",
        "cost": {"forward": 1, "backward": 0, "per": "selection"},
        "family": "",
    }
)


def _result(*scores: float, description: MethodInfo | None = None) -> Result:
    """Returns a result of one method for the text "a b c" with the last token selected."""
    return Result(
        prompt="a b",
        target=" c",
        tokens=("a", " b", " c"),
        special=(False, False, False),
        salience=(Salience(((2, 3),), {"flow": np.array([*scores, 0.0], np.float32)}),),
        methods=("flow",),
        method_descriptions=() if description is None else (description,),
    )


def _backgrounds(result: Result) -> list[str]:
    segments = coloured_segments(result, HeatmapStyle("tokens", "flow"))
    return [each.background for each in segments]


def test_a_described_method_has_its_label_and_sign_everywhere() -> None:
    result = _result(1.0, 0.5, description=DESCRIPTION)
    assert result.method_info("flow").label == "Attention flow" and result.is_signed()
    assert _backgrounds(result)[0] == RAMPS["support"][1]
    assert "Attention flow · explained: c" in result._repr_html_()
    assert "by Attention flow" in result.to_svg()


def test_a_description_that_says_unsigned_is_followed_for_negative_scores() -> None:
    unsigned = dataclasses.replace(DESCRIPTION, signed=False)
    assert not _result(-1.0, 0.5, description=unsigned).is_signed("flow")


@pytest.mark.parametrize(
    ("scores", "signed", "ramp"), [((1.0, 0.5), False, "strength"), ((1.0, -0.5), True, "support")]
)
def test_an_undescribed_method_is_signed_if_any_score_is_below_zero(
    scores: tuple[float, float], signed: bool, ramp: str
) -> None:
    result = _result(*scores)
    assert result.is_signed() == signed
    assert _backgrounds(result)[0] == RAMPS[ramp][1]
    assert "flow · explained: c" in result._repr_html_()


@pytest.mark.parametrize("description", [DESCRIPTION, None])
def test_descriptions_are_saved_and_read(description: MethodInfo | None) -> None:
    result = _result(1.0, -0.5, description=description)
    fields = json.loads(result.to_json())
    jsonschema.validate(fields, shared_data("saved_result.schema.json"))
    assert [each["name"] for each in fields["method_descriptions"]] == ["flow"]
    restored = Result.from_json(result.to_json())
    assert restored.method_info("flow") == result.method_info("flow")
    assert restored.is_signed() and restored.to_json() == result.to_json()


def test_the_interactive_page_gets_the_descriptions() -> None:
    assert '"label":"Attention flow"' in _result(1.0, 0.5, description=DESCRIPTION).to_html()


def test_the_table_has_a_column_for_the_method() -> None:
    assert list(_result(1.0, 0.5).to_pandas().flow[:2]) == [1.0, 0.5]
