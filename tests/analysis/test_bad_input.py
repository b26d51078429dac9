"""What cannot work is an error before work starts, and a record that fails is a row."""

import json
import pathlib
from typing import Any

import pytest

from seqsal.models.causal_lm import GenerationOptions
from seqsal.models.transformers import HFCausalLM
from tests.analysis.conftest import Analyze, records


def test_each_failing_record_is_an_error_with_its_line(
    analyze: Analyze, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, lm: HFCausalLM
) -> None:
    lines = [json.dumps(record) for record in records(9)]
    lines[1] = "{malformed"
    lines[3] = json.dumps({"prompt": "a b " * 200})
    lines[4] = ""
    lines[5] = json.dumps({"prompt": "Dish: raises"})
    lines[6] = '{"prompt": 3}'
    path = tmp_path / "data.jsonl"
    path.write_bytes("\n".join(lines).encode() + b'\n{"prompt": "\xff"}\n')
    generate = lm.generate

    def failing(prompts: Any, options: GenerationOptions) -> Any:
        if any("raises" in prompt.text for prompt in prompts):
            raise RuntimeError("out of luck")
        return generate(prompts, options)

    monkeypatch.setattr(lm, "generate", failing)
    analysis = analyze(path)
    errors = analysis.table("errors").set_index("line")
    assert errors["stage"].to_dict() == {
        2: "read",
        4: "encode",
        6: "generate",
        7: "read",
        10: "read",
    }
    assert errors["message"][2].startswith("not JSON: Expecting property name")
    assert "tokens, and 96 fit" in errors["message"][4]
    assert errors["type"][6] == "RuntimeError"
    assert errors["message"][6] == "out of luck"
    assert errors["message"][7] == "the field 'prompt' must be text, got a number."
    assert errors["message"][10] == "not UTF-8 text: byte 12 is 0xff."
    assert analysis.table("records")["line"].tolist() == [1, 3, 8, 9]


def test_every_record_is_a_row_or_an_error_of_a_prompt_in_message_form(
    analyze: Analyze, lm: HFCausalLM
) -> None:
    data = [{"messages": [{"role": "user", "content": "Hi"}]}, {"prompt": "Dish: a\nGood?"}]
    analysis = analyze({"data": data})
    assert analysis.table("errors")["line"].tolist() == [1]
    assert "chat template" in analysis.table("errors")["message"][0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"labels": "pattern:(?P<no>nowhere)"}, "The labels match nothing in any of 11 records"),
        ({"labels": "pattern:(?P<a>Dish(?P<b>:))"}, "Labels must not overlap; 'a' and 'b'"),
        ({"labels": "roles"}, "The labels fit no record of 'data'. Line 1: Labels by role need"),
        ({"methods": ["no"]}, "methods must be among"),
        ({"removals": "all"}, "removals must be one of none, labels, segments; got 'all'."),
        ({"answers": "own"}, "answers must be one of auto, generate; got 'own'."),
        ({"batch_size": 0}, "batch_size must be at least 1; got 0."),
        ({"limit": 0}, "limit must be a number of records of at least 1; got 0."),
        ({"granularity": "("}, "as a granularity; got '('"),
        ({"num_samples": 2, "temperature": 1.0}, "An analysis explains one answer"),
        ({"datasets": {"data": []}}, "The data set 'data' has no record that can be read"),
        ({"datasets": {}}, "datasets must be at least one"),
        ({"datasets": "no/such.jsonl"}, "A dataset must be name:path"),
    ],
)
def test_what_cannot_work_is_an_error_before_work_starts(
    analyze: Analyze,
    monkeypatch: pytest.MonkeyPatch,
    lm: HFCausalLM,
    settings: dict[str, Any],
    message: str,
) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("the model must not run")

    monkeypatch.setattr(lm, "generate", never)
    with pytest.raises(ValueError) as caught:
        analyze(**settings)
    assert message in str(caught.value)


def test_an_unknown_option_is_an_error(analyze: Analyze) -> None:
    with pytest.raises(TypeError, match="max_tokens"):
        analyze(max_tokens=3)


def test_a_template_that_fits_no_record_is_an_error_and_one_that_fits_some_is_not(
    analyze: Analyze, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "template.txt"
    path.write_text("Taste: {taste}", encoding="utf-8")
    with pytest.raises(ValueError, match=r"fit no record of 'data'. Line 1: The template does not"):
        analyze(labels=f"template:{path}")
    path.write_text("Taste-likes: Cheese{rest}", encoding="utf-8")
    analysis = analyze(labels=f"template:{path}")
    assert analysis.table("records")["record"].tolist() == [0, 5, 10]
    errors = analysis.table("errors")
    assert errors["line"].tolist() == [2, 3, 4, 5, 7, 8, 9, 10]
    assert set(errors["stage"]) == {"labels"}


def test_a_selection_that_is_in_no_answer_is_an_error(analyze: Analyze) -> None:
    with pytest.raises(
        ValueError, match=r"All 11 records failed. The first, line 1 of 'data': The"
    ):
        analyze(select="no such text")
    with pytest.raises(ValueError, match=r"The selection is in no answer of 'data'. Line 1: The"):
        analyze({"data": records(target=True)}, select="no such text", out="targets")
