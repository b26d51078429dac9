"""Results of answers that reason: blocks, segments, scores that are passed on, and files."""

import json
import pathlib

import jsonschema
import numpy as np
import pytest
import torch
import transformers

from seqsal.models.transformers import HFCausalLM
from seqsal.results.explain import explain
from seqsal.results.export.saved_json import format as saved_json
from seqsal.results.result import Result
from seqsal.shared.resources import shared_data
from tests import reasoning

CHAT = [
    {"role": "user", "content": "Who came?"},
    {"role": "assistant", "content": "<think>Hm.</think>Ann."},
    {"role": "user", "content": "And why?"},
]
TARGET = "<think>It rained. So Ann came.</think>\n\nIt rained. She came."


@pytest.fixture(scope="module")
def lm() -> HFCausalLM:
    return reasoning.lm()


@pytest.fixture(scope="module")
def result(lm: HFCausalLM) -> Result:
    return explain(lm, target=TARGET, select="She came.", messages=CHAT, through_thinking=True)


def test_no_segment_crosses_the_border_of_a_block(result: Result) -> None:
    texts = [(each.text, each.thinking) for each in result.segments("messages")]
    assert texts == [
        ("Who came?", False),
        ("Ann.", False),
        ("And why?", False),
        ("<think>It rained. So Ann came.</think>\n\n", True),
        ("It rained. She came.", False),
    ]
    ((start, stop),) = result.thinking
    for granularity in ("words", "lines", r"\w+", "rained. She|think"):
        for each in result.segments(granularity):
            assert each.tokens[1] <= start or each.tokens[0] >= stop or each.thinking
            assert not each.thinking or start <= each.tokens[0] < each.tokens[1] <= stop
    sentences = [each for each in result.segments("sentences") if each.region == "target"]
    assert "".join(each.text for each in sentences if each.thinking).endswith("</think>\n\n")
    assert [each.text.strip() for each in sentences if not each.thinking] == [
        "It rained.",
        "She came.",
    ]
    assert list(result.to_pandas("messages")["thinking"]) == [mark for _, mark in texts]


def test_what_fell_on_the_thinking_is_on_the_text_before_it(lm: HFCausalLM, result: Result) -> None:
    plain = explain(lm, target=TARGET, select="She came.", messages=CHAT)
    for method in plain.methods:
        before, after = (
            [each.score for each in one.segments("messages", method=method)]
            for one in (plain, result)
        )
        assert before[3] != 0 and after[3] == 0
        assert np.nansum(before) == pytest.approx(
            np.nansum(after), rel=1e-4, abs=1e-4 * np.nansum(np.abs(before))
        )
    assert not plain.salience[0].through_thinking and result.salience[0].through_thinking


def test_saved_results_remember_the_thinking(result: Result) -> None:
    fields = json.loads(result.to_json())
    jsonschema.validate(fields, shared_data("saved_result.schema.json"))
    again = Result.from_json(result.to_json())
    assert again.thinking == result.thinking and len(again.thinking) == 1
    assert again.omitted == result.omitted == ((9, 27),)
    assert again.salience[0].through_thinking


def test_files_of_texts_without_thinking_are_as_before(lm: HFCausalLM) -> None:
    plain = explain(lm, "Who came?", "Ann came.")
    fields = json.loads(plain.to_json())
    assert not {"thinking", "omitted"} & fields.keys()
    assert "through_thinking" not in fields["salience"][0]
    assert Result.from_json(plain.to_json()).thinking == ()


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("thinking", [[3, 2]], r"thinking of a saved result must be ranges \[start, end\) of"),
        ("thinking", [[0, 999]], "thinking of a saved result must be ranges"),
        ("omitted", [[0, 9999]], r"omitted of a saved result must be ranges .* characters"),
    ],
)
def test_files_with_wrong_ranges_are_errors(
    result: Result, name: str, value: object, error: str
) -> None:
    with pytest.raises(ValueError, match=error):
        saved_json.loads(json.dumps({**result.to_fields(), name: value}))


def test_static_text_has_a_block_of_thinking(result: Result) -> None:
    assert ">Thinking<" in result._repr_html_()


def test_errors_say_what_to_do(lm: HFCausalLM) -> None:
    with pytest.raises(ValueError, match="Select a part of the answer after it"):
        explain(lm, "Who came?", "Ann came.", through_thinking=True)
    with pytest.raises(ValueError, match="Choose another method, or leave the option out"):
        explain(lm, "Who came?", TARGET, "She came.", methods=["ablation"], through_thinking=True)


def test_the_total_stays_on_real_weights(smollm2: pathlib.Path) -> None:
    """The marks are in the template only, and are several tokens each."""
    model = transformers.AutoModelForCausalLM.from_pretrained(smollm2, dtype=torch.float32)
    tokenizer = transformers.AutoTokenizer.from_pretrained(smollm2)
    tokenizer.chat_template = "{# <think> </think> #}" + tokenizer.chat_template
    target = "<think>\n12 - 5 = 7, and 7 + 4 = 11.\n</think>\n\nShe has 11 apples. It rains."
    question = "Anna has 12 apples. She gives 5 away and buys 4. How many has she?"
    plain, passed = (
        explain(
            model,
            messages=[{"role": "user", "content": question}],
            target=target,
            select="She has 11 apples.",
            methods=["linearized", "grad_l2", "grad_dot_input"],
            tokenizer=tokenizer,
            through_thinking=through,
        )
        for through in (False, True)
    )
    ((start, stop),) = passed.thinking
    assert "".join(passed.tokens[start:stop]) == target.partition("She has")[0]
    for name, scores in plain.scores.items():
        mass = np.abs(scores).sum()
        assert scores.sum() == pytest.approx(passed.scores[name].sum(), rel=1e-4, abs=1e-4 * mass)
        assert np.abs(scores[start:stop]).sum() > 0.05 * mass
        assert not passed.scores[name][start:stop].any()
