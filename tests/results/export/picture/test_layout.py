import regex
from hypothesis import given
from hypothesis import strategies as st

from seqsal.results.export.picture.layout import Run, lay


def _lines(texts: list[str], width: int) -> list[str]:
    runs, count = lay(texts, width, len)
    lines = [""] * count
    for run in runs:
        lines[run.line] += run.text
    return lines


def test_lines_end_at_white_space() -> None:
    assert _lines(["one two three"], 8) == ["one two", "three"]
    assert _lines(["one two", " three"], 7) == ["one two", "three"]


def test_a_word_of_several_texts_is_not_divided() -> None:
    assert _lines(["one un", "believ", "able"], 13) == ["one", "unbelievable"]


def test_line_breaks_are_kept() -> None:
    assert _lines(["a\n\nb\n"], 9) == ["a", "", "b"]


def test_a_word_that_is_longer_than_a_line_is_divided() -> None:
    assert _lines(["abcdefg"], 3) == ["abc", "def", "g"]
    assert _lines(["e\u0301e\u0301e\u0301"], 4) == ["e\u0301e\u0301", "e\u0301"]


def test_no_chinese_line_starts_with_a_full_stop() -> None:
    assert _lines(["我喜欢奶酪。好"], 5) == ["我喜欢奶", "酪。好"]


def test_right_to_left_lines_are_aligned_at_the_right() -> None:
    runs, _ = lay(["אב", " גד"], 10, len)
    assert [(run.text, run.x) for run in runs] == [("אב", 8), (" גד", 5)]


@given(
    texts=st.lists(st.text("ab \n\té好。אب", min_size=1, max_size=9), min_size=1),
    width=st.integers(1, 12),
)
def test_only_white_space_is_lost_and_all_runs_fit_the_line(texts: list[str], width: int) -> None:
    runs, count = lay(texts, width, len)
    drawn = "".join(run.text for run in runs)
    assert _visible(drawn) == _visible("".join(texts))
    for index, text in enumerate(texts):
        own = "".join(run.text for run in runs if run.index == index)
        assert _visible(own) == _visible(text)
    assert all(0 <= run.line < count for run in runs)
    single = [run for run in runs if _fits(run, width)]
    assert all(run.x >= 0 and run.x + run.width <= width for run in single)


def _visible(text: str) -> str:
    return str(regex.sub(r"\s", "", text))


def _fits(run: Run, width: int) -> bool:
    """Whether a run is no single character that is wider than the line."""
    return len(run.text) <= width
