from collections.abc import Sequence

import pytest

from seqsal.models.causal_lm import GenerationOptions
from seqsal.models.stop import StopSearch
from seqsal.models.thinking import ThinkingMarks


def _decode(ids: Sequence[int]) -> str:
    return bytes(ids).decode("utf-8", "replace")


def _kept(text: str, *stop: str) -> str | None:
    """Returns what stays of an answer of which each byte is a token."""
    search = StopSearch(_decode, [b"Hi:"], stop)
    tokens = text.encode()
    for number, token in enumerate(tokens, 1):
        if search.add(0, token):
            kept = search.kept(0)
            assert kept is not None and kept <= number
            return _decode(tokens[:kept])
    assert search.kept(0) is None
    return None


@pytest.mark.parametrize(
    ("text", "stop", "kept"),
    [
        ("one\n\ntwo", ["\n\n"], "one"),
        ("one\ntwo", ["\n\n"], None),
        ("one\ntwo", ["\n\n", "\n"], "one"),
        ("\n\none\n\n", ["\n\n"], "\n\none"),  # White space at the start is no end.
        (" \n", ["\n"], None),
        ("a é\n", ["\n"], "a é"),
        ("a 👍🏽END", ["END"], "a 👍🏽"),
        ("aENENDb", ["END"], "aEN"),
        ("END", ["END"], ""),
        ("first second", ["second", "st"], "fir"),
    ],
)
def test_an_answer_ends_before_the_first_stop_text(
    text: str, stop: list[str], kept: str | None
) -> None:
    assert _kept(text, *stop) == kept


def test_a_token_with_text_before_the_stop_text_stays_whole() -> None:
    words = {1: "one", 2: ".\n", 3: "\n"}
    search = StopSearch(lambda ids: "".join(words[i] for i in ids), [()], ["\n"])
    assert [search.add(0, 1), search.add(0, 2), search.kept(0)] == [False, True, 2]
    whole = StopSearch(lambda ids: "".join(words[i] for i in ids), [()], ["\n"])
    assert [whole.add(0, 1), whole.add(0, 3), whole.kept(0)] == [False, True, 1]


THINK = [ThinkingMarks("<t>", "</t>")]


@pytest.mark.parametrize(
    ("text", "prompt", "kept"),
    [
        ("<t>one\n\ntwo</t>\n\nyes\n\nno", b"Hi:", "<t>one\n\ntwo</t>\n\nyes"),
        ("one\n\ntwo</t>\n\nyes\n\nno", b"Hi<t>\n", "one\n\ntwo</t>\n\nyes"),
        ("so\n\n<t>one", b"Hi:", "so"),
        ("<t>one\n\ntwo", b"Hi:", None),
        ("yes\n\nno", b"<t> Hi", "yes"),
    ],
)
def test_a_stop_text_in_the_thinking_is_no_end(text: str, prompt: bytes, kept: str | None) -> None:
    search = StopSearch(_decode, [prompt], ["\n\n"], THINK)
    ended = any(search.add(0, token) for token in text.encode())
    found = search.kept(0)
    assert ended == (kept is not None)
    assert found is None or text.encode()[:found].decode() == kept


def test_a_stop_text_in_a_block_that_the_prompt_continues_is_no_end() -> None:
    # The prompt does not end with the mark, but the message of the assistant has an open block.
    search = StopSearch(_decode, [b"Hi<t>so far"] * 2, ["\n\n"], THINK, [THINK[0], None])
    text = "one\n\ntwo</t>\n\nyes\n\nno"
    for token in text.encode():
        search.add(0, token)
        search.add(1, token)
    assert [text[: search.kept(row)] for row in (0, 1)] == ["one\n\ntwo</t>\n\nyes", "one"]


def test_answers_are_searched_apart() -> None:
    search = StopSearch(_decode, [b"", b""], ["ab"])
    assert [search.add(0, ord("a")), search.add(1, ord("b")), search.add(0, ord("c"))] == [
        False
    ] * 3
    assert search.add(1, ord("a")) is False
    assert search.add(1, ord("b")) is True
    assert (search.kept(0), search.kept(1)) == (None, 1)


def test_without_stop_texts_nothing_is_decoded() -> None:
    search = StopSearch(lambda _: pytest.fail("decoded"), [b""], [])
    assert search.add(0, 1) is False and search.kept(0) is None


def test_an_empty_stop_text_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"A stop text must not be empty.*\['a', ''\]"):
        GenerationOptions(stop=("a", ""))
