import dataclasses
import json
import pathlib
from typing import Any

import jsonschema
import numpy as np
import pytest

from seqsal.models.pieces import by_alignment
from seqsal.models.transformers import HFCausalLM
from seqsal.results.explain import explain
from seqsal.results.result import Result
from seqsal.results.scores import Check, Contrast, Removal
from seqsal.shared.resources import shared_data
from tests import tiny
from tests.test_frontend_fixtures import FRONTEND

SCHEMA = shared_data("saved_result.schema.json")
DESCRIPTIONS = shared_data("methods.json")
FIXTURES = pathlib.Path(__file__).parent / "fixtures"


def test_json_follows_its_schema_and_round_trips(result: Result, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "result.json"
    text = result.to_json(path)
    jsonschema.validate(json.loads(text), SCHEMA)
    for source in (text, text.encode(), path, str(path)):
        again = Result.from_json(source)
        assert again.to_json() == text
        for name in ("prompt", "target", "tokens", "special", "token_ids", "selection", "source"):
            assert getattr(again, name) == getattr(result, name)
        for method, scores in result.scores.items():
            np.testing.assert_allclose(again.scores[method], scores, rtol=1e-4)
    assert again.segments("words", method="grad_dot_input")


@pytest.mark.parametrize("name", [name for name, text in tiny.EXACT_TEXTS.items() if text])
def test_json_is_small_and_exact_for_any_text(lm: HFCausalLM, name: str) -> None:
    result = explain(lm, "Say, please:", tiny.EXACT_TEXTS[name])
    encoded = result.to_json().encode()
    assert len(encoded) <= 100 * len(result.tokens) * len(result.methods)
    assert Result.from_json(encoded).tokens == result.tokens


CHECK: dict[str, Any] = {"segments": [[0, 1], [1, 2]], "effects": [0.5, None]}


def _salience(**optional: Any) -> dict[str, Any]:
    return {"salience": [{"selection": [[2, 3]], "scores": {}, **optional}]}


def test_checks_contrasts_and_segments_round_trip(result: Result) -> None:
    removed = Removal(((1, 2), (3, 5)), 2.25)
    salience = dataclasses.replace(
        result.salience[0],
        segments={"ablation": ((1, 3), (3, 5))},
        checks=(Check(((1, 3), (3, 5)), (0.5, None), (removed,)),),
        contrast=Contrast("Avoid.", (-0.5, -3.0), token=7, shared=4),
        totals={"linearized": -1.25},
    )
    text = dataclasses.replace(result, salience=(salience,)).to_json()
    jsonschema.validate(json.loads(text), SCHEMA)
    (again,) = Result.from_json(text).salience
    for name in ("segments", "checks", "contrast", "totals"):
        assert getattr(again, name) == getattr(salience, name)
    assert Result.from_json(text).to_json() == text


def _with(result: Result, **changes: Any) -> str:
    fields = {**json.loads(result.to_json()), **changes}
    return json.dumps({name: value for name, value in fields.items() if value is not None})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "other"}, 'must have "format": "seqsal-salience", but this has "other"'),
        ({"version": 2}, "reads version 1 of saved results, but this one is version 2. Use a"),
        ({"prompt": None}, "prompt of a saved result must be a text, but is missing"),
        ({"source": "me"}, 'source of a saved result must be "response" or "target"'),
        ({"special_tokens_mask": [0]}, r"must be \d+ long, one entry for each token, but is 1"),
        ({"token_ids": ["a"]}, "token_ids of a saved result must be a list with entries of one"),
        ({"logprobs": [True]}, "logprobs of a saved result must be a list"),
        ({"salience": []}, "salience of a saved result must be not empty"),
        ({"salience": [{"selection": [], "scores": {}}]}, "at least one range"),
        ({"salience": [{"selection": [[2, 1]], "scores": {}}]}, r"must be ranges \[start, end\)"),
        ({"salience": [{"selection": [[1, 900]], "scores": {}}]}, "must be ranges"),
        ({"salience": [{"selection": [[3, 4], [1, 2]], "scores": {}}]}, "must be ranges"),
        ({"salience": [{"selection": [[1, 2], [2, 3]], "scores": {}}]}, "must be ranges"),
        ({"salience": [{"selection": [[1, 2]], "scores": {"a": [1]}}]}, "a of a saved result must"),
        (_salience(segments={"a": [[2, 1]]}), r"a of a saved result must be ranges \[start, end\)"),
        (_salience(checks=[1]), "An entry of checks must be an object"),
        (_salience(checks=[{"segments": [[0, 1]], "effects": []}]), "one entry for each segment"),
        (_salience(checks=[{"segments": [[0, 1]], "effects": ["a"]}]), "effects of a saved result"),
        (_salience(checks=[CHECK | {"together": [{"removed": [[0, 1]]}]}]), "must be a number"),
        (
            _salience(totals={"linearized": "a"}),
            "totals of a saved result must be a number by method",
        ),
        (_salience(contrast={"text": "a", "logprobs": [1]}), "must be two numbers"),
        (_salience(contrast={"logprobs": [1, 2]}), "text of a saved result must be a text"),
        (
            _salience(contrast={"text": "a", "logprobs": [1, 2], "token": -1}),
            "token of a saved result must be a whole number from 0, but is -1",
        ),
        ({"method_descriptions": [1, 2]}, "method_descriptions of a saved result must be a list"),
        ({"method_descriptions": [{"name": "grad_l2"}] * 2}, "must be objects with name, version"),
        ({"method_descriptions": DESCRIPTIONS[:1]}, "must be of the methods, in the same order"),
        ({"method_descriptions": DESCRIPTIONS[::-1]}, "must be of the methods, in the same order"),
        ({"method_descriptions": [DESCRIPTIONS[0] | {"label": 1}]}, "label of a saved result must"),
        ({"method_descriptions": [DESCRIPTIONS[0] | {"signed": 1}]}, "must be true, false or null"),
        ({"method_descriptions": [DESCRIPTIONS[0] | {"cost": {}}]}, "forward, backward and per"),
        ({"method_descriptions": [DESCRIPTIONS[0] | {"scores": "all"}]}, "one of tokens, segments"),
        ({"view": []}, "view must be an object with fields"),
        ({"view": {"a": 1}}, "view of a saved result must be texts by name"),
    ],
)
def test_an_invalid_saved_result_raises_an_error(
    result: Result, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Result.from_json(_with(result, **changes))


def test_a_file_written_before_methods_were_described_is_read() -> None:
    source = FIXTURES / "version_1.json"
    fields = json.loads(source.read_text(encoding="utf-8"))
    assert "method_descriptions" not in fields
    result = Result.from_json(source)
    described = [each for each in DESCRIPTIONS if each["name"] in result.methods]
    assert [result.method_info(name).to_json() for name in result.methods] == described
    assert result.selected_text == "Recommendation: Avoid." and len(result.salience) == 2
    np.testing.assert_array_equal(
        result.scores["grad_l2"],
        np.array(fields["salience"][0]["scores"]["grad_l2"], np.float32),
    )
    assert (result.is_signed("grad_l2"), result.is_signed("grad_dot_input")) == (False, True)
    assert json.loads(result.to_json()) == fields | {"method_descriptions": described}


def test_invalid_json_raises_an_error(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="A saved result must be JSON; Expecting"):
        Result.from_json("{")
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(ValueError, match="must be an object with fields, but is"):
        Result.from_json(tmp_path / "list.json")
    with pytest.raises(FileNotFoundError):
        Result.from_json(tmp_path / "none.json")


def test_a_result_without_a_selection_has_no_scores(result: Result) -> None:
    empty = Result.from_json(_with(result, salience=[], selected=False))
    assert (empty.selection, empty.scores, empty.selected_text) == ((), {}, "")
    with pytest.raises(ValueError, match="nothing was selected where it was saved"):
        empty.segments()
    assert "Taste-likes" in empty._repr_html_()
    assert empty.to_json() == _compact(_with(result, salience=[], selected=False))


def _compact(text: str) -> str:
    return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))


def test_tokens_of_other_wrappers_become_slices_of_the_text(result: Result) -> None:
    fields = json.loads(result.to_json())
    fields |= {"prompt": "The fox", "target": " likes\neggs", "logprobs": None, "token_ids": None}
    fields["tokens"] = ["<s>", "▁The", "Ġfox", "Ġlikes", "Ċ", "eggs"]
    fields["special_tokens_mask"] = [1, 0, 0, 0, 0, 0]
    fields["salience"] = [{"selection": [[3, 4]], "scores": {"grad_l2": [0, 1, 2, 0, 0, 0]}}]
    text = json.dumps({name: value for name, value in fields.items() if value is not None})
    read = Result.from_json(text)
    assert read.tokens == ("<s>", "The", " fox", " likes", "\n", "eggs")
    assert [s.text for s in read.segments("words")] == ["The", " fox", " likes\n", "eggs"]
    assert by_alignment("a b", ["a", " b"]) == ["a", " b"]


def test_the_format_is_described_field_by_field() -> None:
    described = (FRONTEND.parents[1] / "docs" / "saved-results.md").read_text(encoding="utf-8")
    for properties in (SCHEMA["properties"], SCHEMA["properties"]["view"]["properties"]):
        assert [name for name in properties if f"`{name}`" not in described] == []
