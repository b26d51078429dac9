"""The cases of the page's own tests, and what must hold for any text."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqsal.models.causal_lm import MessageSpan
from seqsal.results.segmentation import UNITS, Segment, segment_tokens
from tests import tiny
from tests.test_frontend_fixtures import FRONTEND

CONVERSATIONS = json.loads(
    (FRONTEND / "test" / "fixtures" / "conversations.json").read_text(encoding="utf-8")
)
CASES = json.loads((FRONTEND / "test" / "fixtures" / "segments.json").read_text(encoding="utf-8"))


def cut(text: str, granularity: str, **options: Any) -> list[str]:
    """Returns the segments of a text with a token for each character."""
    return [segment.text for segment in _segments(list(text), granularity, **options)]


def _segments(tokens: list[str], granularity: str, **options: Any) -> list[Segment]:
    length = sum(map(len, tokens))
    return segment_tokens(tokens, [False] * len(tokens), length, granularity, **options)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['unit']}: {case['name']}")
def test_a_text_is_cut_as_the_page_cuts_it(case: dict[str, Any]) -> None:
    expected = case.get("without_dictionary", case["segments"])
    assert cut("".join(case["segments"]), case["unit"]) == expected


@pytest.mark.parametrize("case", CONVERSATIONS, ids=lambda case: str(case["name"]))
def test_messages_are_cut_one_by_one_as_the_page_cuts_them(case: dict[str, Any]) -> None:
    tokens, messages = case["tokens"], [MessageSpan(*each) for each in case["messages"]]
    special = [i in case["special"] for i in range(len(tokens))]
    text = "".join(token for token, mark in zip(tokens, special, strict=True) if not mark)
    length = len(text) - len(case["target"])
    for unit, expected in case["segments"].items():
        found = segment_tokens(tokens, special, length, unit, messages=messages)
        assert [segment.text for segment in found if not segment.special] == expected, unit


def test_segments_know_the_role_of_their_message() -> None:
    tokens, special = ["[u]", "Hi", "[a]", "Yes"], [True, False, True, False]
    segments = segment_tokens(tokens, special, 2, "words", messages=[MessageSpan("user", 1, 2)])
    assert [segment.role for segment in segments] == ["", "user", "", ""]


def test_only_words_of_scripts_without_spaces_are_cut_otherwise() -> None:
    scripts = {"Chinese", "Japanese", "Thai", "scripts"}
    for case in CASES:
        if "without_dictionary" in case:
            assert case["unit"] == "words"
            assert scripts & set(case["name"].replace(":", "").split())


_TEXTS = st.lists(
    st.text(max_size=5)
    | st.sampled_from([*"\n .,!?'\"*_|`", "\r\n", "e.g. ", "z. B. ", "😀", "好"])
)


@given(
    tokens=_TEXTS,
    marks=st.lists(st.booleans(), min_size=1),
    cut_at=st.integers(0, 40),
    granularity=st.sampled_from([*UNITS, r"\W+", "."]),
)
@settings(max_examples=300)
def test_segments_are_the_text_and_cover_each_token_once(
    tokens: list[str], marks: list[bool], cut_at: int, granularity: str
) -> None:
    special = [marks[i % len(marks)] for i in range(len(tokens))]
    text = "".join(token for token, mark in zip(tokens, special, strict=True) if not mark)
    segments = segment_tokens(tokens, special, min(cut_at, len(text)), granularity)
    plain = [segment for segment in segments if not segment.special]
    assert "".join(segment.text for segment in plain) == text
    assert all(text[slice(*segment.chars)] == segment.text for segment in plain)
    edges = [segment.tokens for segment in segments]
    assert [i for start, end in edges for i in range(start, end)] == list(range(len(tokens)))
    assert all(
        end == start + 1 for (start, end), s in zip(edges, segments, strict=True) if s.special
    )


def test_special_tokens_are_segments_of_their_own() -> None:
    tokens = ["<s>", "[INST]", "Hi", " you", "[END]", " Well", ".", "</s>"]
    special = [token in ("<s>", "[INST]", "[END]", "</s>") for token in tokens]
    segments = segment_tokens(tokens, special, len("Hi you"), "paragraphs")
    assert [(s.text, s.region) for s in segments if not s.special] == [
        ("Hi you", "prompt"),
        (" Well.", "target"),
    ]
    assert [s.text for s in segments if s.special] == ["<s>", "[INST]", "[END]", "</s>"]
    assert all(s.chars[0] == s.chars[1] for s in segments if s.special)


def test_a_token_belongs_to_the_sentence_of_its_first_visible_character() -> None:
    tokens = ["A", ".", "\nB", ".\n\nC", " d"]
    assert [s.text for s in _segments(tokens, "sentences")] == ["A.", "\nB.\n\nC", " d"]


def test_tokens_that_share_a_character_are_one() -> None:
    tokens = ["I ", "😀", "", "", "!"]
    assert [s.tokens for s in _segments(tokens, "tokens")] == [(0, 1), (1, 4), (4, 5)]


def test_prompt_and_target_never_share_a_segment() -> None:
    tokens = ["The", " capital", " is", " Paris", "."]
    segments = segment_tokens(tokens, [False] * 5, len("The capital is"), "sentences")
    assert [s.text for s in segments] == ["The capital is", " Paris."]


def test_a_pattern_ends_or_starts_segments() -> None:
    assert cut("a;b;;c", ";+") == ["a;", "b;;", "c"]
    assert cut("Q: a\nA: b\nQ: c", "^Q:", match="starts") == ["Q: a\nA: b\n", "Q: c"]
    assert cut("ab", "x*") == ["a", "b"]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(", r"Expected one of tokens, words, .* got '\(': missing \)"),
        ("", "got nothing"),
        ("(a|b|ab)*[^ab]", "takes longer than 0.05 seconds"),
    ],
)
def test_an_invalid_pattern_raises_an_error(
    pattern: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seqsal.results.segmentation.boundaries._MAX_SECONDS", 0.05)
    with pytest.raises(ValueError, match=message):
        cut("ab" * 30, pattern)
    with pytest.raises(ValueError, match="match must be ends or starts; got 'both'"):
        cut("ab", ";", match="both")


def test_a_text_of_many_marks_is_cut_in_reasonable_time() -> None:
    start = time.process_time()
    marks = f"{'-' * 5000} 1. {'* ' * 5000}{'`' * 5000} a. B {'|' * 5000} e. F"
    for unit in UNITS:
        cut(marks, unit)
    assert time.process_time() - start < 20


def test_blanks_to_fill_in_are_cut_in_reasonable_time() -> None:
    start = time.process_time()
    for mark in ("_", "*", "~", "[1]"):
        cut(f"Your name?{mark * 27}\nand yours?{mark * 27} so", "sentences")
    assert time.process_time() - start < 2  # A mistake here is exponential.


@pytest.mark.parametrize("name", tiny.EXACT_TEXTS)
def test_exact_texts_stay_exact(name: str) -> None:
    text = tiny.EXACT_TEXTS[name]
    for unit in UNITS:
        assert "".join(cut(text, unit)) == text
