"""Templates are found again in the texts that were made from them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqsal.analysis.labels.rule import PromptText
from seqsal.analysis.labels.template import TemplateLabels

TEMPLATE = "Judge the dish.\n\nTaste: {taste}\nDish: {dish}\nGood?"


def _found(template: str, text: str, **columns: object) -> list[tuple[str, str, str]]:
    labels = TemplateLabels(template).find(PromptText(text, columns=columns))
    return [(span.label, text[span.start : span.end], span.kind) for span in labels.spans]


def test_fixed_lines_and_variables_are_told_apart() -> None:
    text = TEMPLATE.format(taste="No eggs", dish="Quiche")
    assert _found(TEMPLATE, text) == [
        ("Judge the dish.", "Judge the dish.\n\n", "fixed"),
        ("Taste:", "Taste: ", "fixed"),
        ("{taste}", "No eggs", "variable"),
        ("Dish:", "\nDish: ", "fixed"),
        ("{dish}", "Quiche", "variable"),
        ("Good?", "\nGood?", "fixed"),
    ]


_VALUES = st.text(alphabet="ab: {}\n", min_size=1, max_size=12)


@given(taste=_VALUES, dish=_VALUES)
def test_every_text_made_from_a_template_fits_it_and_is_covered_once(taste: str, dish: str) -> None:
    text = TEMPLATE.format(taste=taste, dish=dish)
    found = _found(TEMPLATE, text)
    assert "".join(part for _, part, _ in found) == text.rstrip()
    assert ("{dish}", dish, "variable") in _found(TEMPLATE, text, taste=taste, dish=dish)


def test_a_variable_is_as_short_as_possible_and_that_it_could_be_longer_is_known() -> None:
    rule = TemplateLabels("{title}\n{body}\nEnd")
    prompt = PromptText("A\nB\nC\nEnd")
    labels = rule.find(prompt)
    assert [prompt.text[s.start : s.end] for s in labels.spans if s.kind == "variable"] == [
        "A",
        "B\nC",
    ]
    assert labels.ambiguous
    assert not rule.find(PromptText("A\nB\nEnd")).ambiguous


def test_a_column_of_the_record_decides_what_could_be_read_in_several_ways() -> None:
    prompt = PromptText("A\nB\nC\nEnd", columns={"title": "A\nB"})
    labels = TemplateLabels("{title}\n{body}\nEnd").find(prompt)
    assert [(s.label, prompt.text[s.start : s.end]) for s in labels.spans] == [
        ("{title}", "A\nB"),
        ("{body}", "C"),
        ("End", "\nEnd"),
    ]
    assert not labels.ambiguous


def test_variables_next_to_each_other_are_one_unless_their_texts_are_known() -> None:
    assert _found("{a}{b}!", "xy!") == [("{a}{b}", "xy", "variable"), ("!", "!", "fixed")]
    assert _found("{a}{b}!", "xy!", a="x") == [
        ("{a}", "x", "variable"),
        ("{b}", "y", "variable"),
        ("!", "!", "fixed"),
    ]


def test_equal_fixed_lines_are_numbered_and_braces_can_be_text() -> None:
    found = _found("Q: {a}\nQ: {b}\n{{}}", "Q: 1\nQ: 2\n{}")
    assert [label for label, *_ in found] == ["Q:", "{a}", "Q: (2)", "{b}", "{}"]


def test_the_last_fixed_text_may_also_be_in_a_variable() -> None:
    assert _found("{a} end", "x end y end")[0] == ("{a}", "x end y", "variable")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "Judge the food.",
            "The template does not fit: expected the template's text 'Judge the"
            r" dish.\n\nTaste: ' at or after character 0, where the prompt has 'Judge the food.'",
        ),
        ("Judge the dish.\n\nTaste: No eggs\nGood?", r"text '\nDish: ' at or after character 24"),
        (
            "Judge the dish.\n\nTaste: a\nDish: b\nGood? Yes",
            r"expected the template's text '\nGood?' at or after character 32",
        ),
    ],
)
def test_a_text_that_does_not_fit_is_an_error_with_the_place(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        _found(TEMPLATE, text)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("no variable", "A template needs a variable, such as {question}"),
        ("{a b}", "A variable of a template is a name in braces"),
        ("{a:3}", "got '{a:3}'"),
        ("{", "The template cannot be read"),
    ],
)
def test_a_wrong_template_is_an_error(template: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TemplateLabels(template)


def test_the_search_takes_linear_time() -> None:
    template = "".join(f"{{v{i}}}\na" for i in range(200))
    text = "\na" * 20_000 + "b"
    began = time.perf_counter()
    with pytest.raises(ValueError, match="does not fit"):
        _found(template, text)
    assert time.perf_counter() - began < 5
