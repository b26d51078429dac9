import html.parser
import math
from typing import Any

import numpy as np
import pytest

from seqsal.models.transformers import HFCausalLM
from seqsal.results.explain import explain
from seqsal.results.result import Result
from seqsal.results.scores import Salience
from tests.results.conftest import PROMPT, TARGET


@pytest.mark.parametrize("granularity", ["tokens", "words", "sentences", "lines", r"[.\n]+"])
def test_segments_are_the_text(result: Result, granularity: str) -> None:
    segments = result.segments(granularity)
    assert "".join(segment.text for segment in segments) == PROMPT + TARGET
    whole = PROMPT + TARGET
    assert all(whole[slice(*segment.chars)] == segment.text for segment in segments)


def test_a_segment_has_the_scores_of_its_tokens(result: Result) -> None:
    scores = result.scores["grad_dot_input"]
    for segment in result.segments("sentences", method="grad_dot_input"):
        own = scores[slice(*segment.tokens)]
        if segment.chars[1] <= (PROMPT + TARGET).index("Recommendation"):
            assert segment.score == pytest.approx(float(own.sum()), rel=1e-4)
        else:
            assert math.isnan(segment.score)
    by_size = {
        aggregation: [
            s.score for s in result.segments("lines", method="grad_l2", aggregation=aggregation)
        ]
        for aggregation in ("sum", "mean", "max")
    }
    first = result.segments("lines")[0]
    own = result.scores["grad_l2"][slice(*first.tokens)]
    assert by_size["mean"][0] == pytest.approx(float(own.mean()), rel=1e-5)
    assert by_size["max"][0] == pytest.approx(float(own.max()), rel=1e-5)


def test_selected_segments_are_marked(result: Result) -> None:
    assert [s.text for s in result.segments() if s.selected] == ["Recommendation: Avoid.\n"]


def test_explained_characters_are_those_of_the_selected_tokens() -> None:
    middle = Result(
        prompt="a",
        target="bcd",
        tokens=("<s>", "a", "bc", "d"),
        special=(True, False, False, False),
        salience=(Salience(((2, 3),), {}),),
    )
    assert middle.selected_characters.tolist() == [False, True, True, False]
    assert middle.selected_text == "bc"


def test_a_table_has_a_row_for_each_segment(result: Result) -> None:
    table = result.to_pandas()
    assert "".join(table.text) == PROMPT + TARGET
    one_each = table[(table.num_tokens == 1) & ~table.selected & (table.region == "prompt")]
    np.testing.assert_allclose(
        one_each.grad_l2, result.scores["grad_l2"][one_each.first_token], rtol=1e-6
    )
    lines = result.to_pandas("lines")
    assert list(lines.selected) == [False, False, False, True]
    known = [value for value in result.logprobs if value is not None]
    assert lines.logprob.sum() == pytest.approx(sum(known))
    assert lines.logprob.isna().tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"method": "lime"},
            "method must be one of linearized, grad_l2, grad_dot_input; got 'lime'",
        ),
        ({"aggregation": "median"}, "aggregation must be one of sum, mean, max; got 'median'"),
        ({"granularity": "("}, r"Expected one of tokens, words, .* or a regular expression"),
    ],
)
def test_an_unknown_option_raises_an_error(
    result: Result, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        result.segments(**options)


class _Texts(html.parser.HTMLParser):
    """The text of a page, and its elements."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_notebook_shows_the_coloured_text(lm: HFCausalLM) -> None:
    hostile = "<script>alert(1)</script> & <b>"
    result = explain(lm, hostile, " no.", methods=["grad_l2"])
    shown = _Texts(result._repr_html_())
    assert hostile in shown.text
    assert not {"script", "b"} & set(shown.tags)
    assert "background:#5b1a8b" in result._repr_html_()
