"""Labels by lines, roles and patterns, and rules by name."""

import pathlib
import pickle

import pytest

from seqsal.analysis.labels import LabelRule, PromptText, find_rule, rule_of


def _found(rule: LabelRule, prompt: PromptText) -> list[tuple[str, str]]:
    return [(s.label, prompt.text[s.start : s.end]) for s in rule.find(prompt).spans]


def test_lines_are_labelled_by_the_text_before_their_first_colon() -> None:
    text = f"Hello\nDish: egg: boiled\nhttp://x.org\n{'long ' * 20}: no\n:none\nEnd:"
    assert _found(find_rule("lines"), PromptText(text)) == [
        ("Dish", "Dish: egg: boiled\n"),
        ("End", "End:"),
    ]


def test_messages_are_labelled_by_role_and_documents_by_number() -> None:
    parts = (("system", 0, 2), ("document", 2, 3), ("document", 3, 5), ("user", 5, 6))
    labels = [label for label, _ in _found(find_rule("roles"), PromptText("abcdef", parts))]
    assert labels == ["system", "document 1", "document 2", "user"]
    with pytest.raises(ValueError, match="Labels by role need messages; this prompt is plain"):
        find_rule("roles").find(PromptText("plain"))


def test_every_capture_of_a_named_group_is_labelled() -> None:
    rule = find_rule(r"pattern:(?:(?P<word>\w+) )+(?P<end>!)")
    assert _found(rule, PromptText("a bc !")) == [("word", "a"), ("word", "bc"), ("end", "!")]


def test_overlapping_groups_are_an_error_with_their_names_and_the_text() -> None:
    rule = find_rule(r"pattern:(?P<all>a(?P<part>b)c)")
    with pytest.raises(
        ValueError,
        match="Labels must not overlap; 'all' and 'part' both hold 'b' at character 2. Change",
    ):
        rule.find(PromptText(" abc"))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            "colour",
            "labels must be lines, roles, template:FILE or pattern:EXPRESSION; got 'colour'",
        ),
        ("pattern:(", "Expected a regular expression for labels"),
        ("pattern:a+", "An expression for labels needs a named group"),
        ("template:/no/such/file", "The template /no/such/file cannot be read: No such file"),
    ],
)
def test_a_wrong_rule_is_an_error(labels: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        find_rule(labels)
    assert message in str(caught.value)


def test_a_slow_expression_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seqsal.analysis.expressions._MAX_SECONDS", 0.05)
    rule = find_rule(r"pattern:(?P<a>(x+x+)+y)")
    with pytest.raises(ValueError, match="takes longer than 0.05 seconds on a text"):
        rule.find(PromptText("x" * 5000))


def test_a_rule_is_made_again_of_its_settings_and_can_be_pickled(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "template.txt"
    path.write_text("Q: {question}\n", encoding="utf-8")
    for labels in ("lines", "roles", f"template:{path}", "pattern:(?P<a>x)"):
        rule = find_rule(labels)
        assert rule_of(rule.settings) == rule == pickle.loads(pickle.dumps(rule))
    with pytest.raises(ValueError, match="There is no rule for labels with the settings"):
        rule_of({"kind": "own"})
