"""Rules choose the part of an answer that is explained."""

import pickle

import pytest

from seqsal.analysis.selection_rules import find_selection_rule

ANSWER = " Sweet, with nuts.\nRecommendation: Avoid.\n"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("answer", ANSWER),
        ("last_sentence", "Recommendation: Avoid."),
        ("Recommendation: .*", "Recommendation: Avoid."),
        ("^Recommendation: (.*)$", "Avoid."),
        ("nuts", "nuts"),
    ],
)
def test_a_rule_selects(rule: str, expected: str) -> None:
    found = find_selection_rule(rule)
    start, end = found.characters(ANSWER)
    assert ANSWER[start:end] == expected
    assert pickle.loads(pickle.dumps(found)) == found
    assert find_selection_rule(found.name) == found


@pytest.mark.parametrize(
    ("rule", "answer", "message"),
    [
        ("answer", "", "There is nothing to explain: the answer is empty."),
        ("last_sentence", " \n", "There is no last sentence"),
        ("Verdict: (.*)", ANSWER, r"The expression 'Verdict: \(.*\)' must match in the answer"),
        ("x*", ANSWER, "must match some text; here it matches nothing"),
    ],
)
def test_an_answer_without_the_part_is_an_error(rule: str, answer: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        find_selection_rule(rule).characters(answer)
    assert message.replace("\\", "") in str(caught.value)


@pytest.mark.parametrize(("rule", "message"), [("(", "got '(': missing )"), ("", "got nothing")])
def test_a_wrong_rule_is_an_error(rule: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        find_selection_rule(rule)
    assert message in str(caught.value)
