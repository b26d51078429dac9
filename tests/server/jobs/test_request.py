"""The body of a job: what it must have, and the error for anything else."""

import json
from typing import Any

import pytest

from seqsal.analysis.settings import SettingError
from seqsal.server.jobs import request
from seqsal.server.jobs.analysis import AnalysisJob

_JOB = {"kind": "salience", "model": "tiny", "record": {"prompt": "a", "target": "b"}}


def _parse(**changes: Any) -> request.Job:
    job = request.parse(json.dumps({**_JOB, **changes}).encode())
    assert isinstance(job, request.Job)
    return job


def test_a_job_has_the_fields_of_its_body() -> None:
    job = _parse(target_masks=[[0, 1], [0.5, 0]], fields=["grad_l2"], client="c", view="v")
    assert job.model_name == "_tiny_salience"
    assert job.records == [
        {"prompt": "a", "target": "b", "target_mask": [0, 1]},
        {"prompt": "a", "target": "b", "target_mask": [0.5, 0]},
    ]
    assert (job.fields, job.client, job.view, job.prefetch) == (["grad_l2"], "c", "v", False)


@pytest.mark.parametrize(
    ("kind", "model"),
    [("generation", "m"), ("tokens", "_m_tokenizer"), ("logprobs", "_m_logprobs")],
)
def test_each_kind_names_a_model_of_the_group(kind: str, model: str) -> None:
    job = _parse(kind=kind, model="m")
    assert job.model_name == model
    assert job.records == [_JOB["record"]]


def test_methods_are_added_to_every_record() -> None:
    methods = ["grad_l2", "linearized"]
    job = _parse(target_masks=[[1, 0], [0, 1]], methods=methods)
    assert [record["methods"] for record in job.records] == [methods, methods]
    assert [record["target_mask"] for record in job.records] == [[1, 0], [0, 1]]
    (record,) = _parse(methods=methods).records
    assert record == {**_JOB["record"], "methods": methods}  # type: ignore[dict-item]


def test_passing_the_thinking_on_is_asked_of_every_record() -> None:
    job = _parse(target_masks=[[1, 0], [0, 1]], through_thinking=True)
    assert [record["through_thinking"] for record in job.records] == [True, True]
    assert "through_thinking" not in _parse(target_masks=[[1, 0]]).records[0]
    with pytest.raises(ValueError, match="through_thinking is only for kind 'salience'"):
        _parse(kind="tokens", through_thinking=True)


def test_a_removal_has_a_record_for_each_removal() -> None:
    removals, versus = [[[1, 3]], [[0, 1], [4, 5]]], {"text": "c"}
    job = _parse(kind="removal", target_masks=[[0, 1]], removals=removals, versus=versus)
    assert job.model_name == "_tiny_removal"
    shared = {"prompt": "a", "target": "b", "versus": versus, "target_mask": [0, 1]}
    assert [
        {**record, "removal": [list(each) for each in record["removal"]]} for record in job.records
    ] == [{**shared, "removal": removal} for removal in removals]
    with pytest.raises(ValueError, match="removal needs one target mask, got 2"):
        _parse(kind="removal", target_masks=[[0, 1], [1, 0]], removals=removals)
    with pytest.raises(ValueError, match="removals is only for kind 'removal', got kind 'salien"):
        _parse(removals=removals)
    with pytest.raises(ValueError, match="versus is only for kind 'salience', got kind 'tokens'"):
        _parse(kind="tokens", versus=versus)


def test_totals_have_a_record_for_each_selection() -> None:
    job = _parse(kind="totals", target_masks=[[0, 1], [1, 0]], methods=["linearized"])
    assert job.model_name == "_tiny_totals"
    assert [record["target_mask"] for record in job.records] == [[0, 1], [1, 0]]
    assert all(record["methods"] == ["linearized"] for record in job.records)


def test_alternatives_have_a_record_for_each_position() -> None:
    job = _parse(kind="alternatives", positions=[3, 5])
    assert [record["position"] for record in job.records] == [3, 5]


def test_without_methods_a_record_has_none() -> None:
    assert all("methods" not in record for record in _parse(target_masks=[[1]]).records)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kind": "x"}, r"Invalid enum value 'x' - at `\$.kind`"),
        ({"model": 3}, r"Expected `str`, got `int` - at `\$.model`"),
        ({"record": []}, r"Expected `object`, got `array` - at `\$.record`"),
        ({"x": 1}, "Object contains unknown field `x`"),
        ({"ahead": 1}, r"Expected `bool`, got `int` - at `\$.ahead`"),
        ({"fields": [3]}, r"Expected `str`, got `int` - at `\$.fields\[0\]`"),
        ({"target_masks": [1]}, r"Expected `array`, got `int` - at `\$.target_masks\[0\]`"),
        ({"target_masks": [["a"]]}, "got `str` - at `.*target_masks"),
        (
            {"kind": "tokens", "target_masks": [[1]]},
            "target_masks is only for kind 'salience', got kind 'tokens'",
        ),
        ({"methods": "grad_l2"}, r"Expected `array`, got `str` - at `\$.methods`"),
        ({"methods": [1]}, r"Expected `str`, got `int` - at `\$.methods\[0\]`"),
        ({"methods": [""]}, r"Expected `str` of length >= 1 - at `\$.methods\[0\]`"),
        (
            {"kind": "generation", "methods": ["grad_l2"]},
            "methods is only for kind 'salience', got kind 'generation'",
        ),
    ],
)
def test_a_wrong_field_is_named_with_what_a_job_must_have(
    changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ValueError, match=f"^Not a job: .*{reason}") as caught:
        _parse(**changes)
    assert "A job is a JSON object with kind, model, record and optionally" in str(caught.value)


@pytest.mark.parametrize("field", ["kind", "model", "record"])
def test_a_missing_field_is_named(field: str) -> None:
    body = json.dumps({name: value for name, value in _JOB.items() if name != field}).encode()
    with pytest.raises(ValueError, match=f"missing required field `{field}`"):
        request.parse(body)


def test_stop_texts_are_for_generation_only() -> None:
    (record,) = _parse(kind="generation", stop=["\n", "END"]).records
    assert record["stop"] == ["\n", "END"]
    (record,) = _parse(kind="generation", stop=[]).records
    assert record["stop"] == []  # No stop text, whatever the options say.
    (record,) = _parse(kind="generation").records
    assert "stop" not in record
    with pytest.raises(ValueError, match="stop is only for kind 'generation', got kind 'salience'"):
        _parse(stop=["x"])
    with pytest.raises(ValueError, match="Not a job: .*length >= 1"):
        _parse(kind="generation", stop=[""])


def test_an_analysis_has_fields_of_its_own() -> None:
    body = {"kind": "analysis", "model": "tiny", "dataset": "data", "inputs": ["a"], "view": "v"}
    job = request.parse(json.dumps(body).encode())
    assert isinstance(job, AnalysisJob)
    assert (job.prefetch, job.select, job.labels) == (True, "answer", {"kind": "lines"})
    assert job.settings.methods is None
    with pytest.raises(ValueError, match=r"^Not a job: .*unknown field `record`.* model, dataset"):
        request.parse(json.dumps({**body, "record": {}}).encode())


@pytest.mark.parametrize(
    ("changes", "setting", "reason"),
    [
        ({"select": "("}, "select", "select must be answer, last_sentence or a regular expression"),
        ({"select": ""}, "select", "got nothing"),
        ({"labels": {"kind": "pattern", "pattern": "("}}, "labels", "Expected a regular expressio"),
        ({"labels": {"kind": "pattern", "pattern": "a"}}, "labels", "needs a named group"),
        ({"labels": {"kind": "template", "template": "a"}}, "labels", "A template needs a variabl"),
        ({"labels": {"kind": "template:/etc/passwd"}}, "labels", "There is no rule for labels"),
    ],
)
def test_a_wrong_rule_is_an_error_that_names_its_setting(
    changes: dict[str, Any], setting: str, reason: str
) -> None:
    body = {"kind": "analysis", "model": "tiny", "dataset": "data", "inputs": ["a"], **changes}
    job = request.parse(json.dumps(body).encode())
    assert isinstance(job, AnalysisJob)
    with pytest.raises(SettingError, match=reason) as caught:
        _ = job.settings
    assert caught.value.setting == setting
