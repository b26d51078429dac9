import io
import sys

import pytest

from seqsal import bars, tasks
from seqsal.models.huggingface import HFCausalLM
from seqsal.scripting import explain


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has bars appear without a delay."""
    monkeypatch.setattr("seqsal.bars._DELAY", 0)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_writing_an_answer_shows_a_bar(
    lm: HFCausalLM, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fresh = HFCausalLM(lm.model, lm.tokenizer)
    explain(fresh, "The quick", max_new_tokens=9, progress=True)
    shown = capsys.readouterr().err
    assert "Writing" in shown
    assert "/9" in shown


def test_nobody_is_shown_a_bar_who_does_not_look(
    lm: HFCausalLM, capsys: pytest.CaptureFixture[str]
) -> None:
    for progress in (None, False):  # The standard error of a test is no terminal.
        fresh = HFCausalLM(lm.model, lm.tokenizer)
        explain(fresh, "The quick", max_new_tokens=9, progress=progress)
    assert capsys.readouterr().err == ""


def test_a_terminal_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", _Terminal())
    with bars.shown(None):
        tasks.current().tell("progress", stage="selection", number=3, of=7)
    assert isinstance(sys.stderr, _Terminal)
    assert "Explaining" in sys.stderr.getvalue()
    assert not tasks.current().watched


def test_other_news_are_passed_over(capsys: pytest.CaptureFixture[str]) -> None:
    with bars.shown(True):
        tasks.current().tell("queued", ahead=2)
        tasks.current().tell("progress", stage="forward")
    assert capsys.readouterr().err == ""


def test_the_bar_goes_where_the_work_fails(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="broken"), bars.shown(True):
        tasks.current().tell("progress", stage="writing", text="a")
        raise ValueError("broken")
    assert not tasks.current().watched
    assert capsys.readouterr().err.endswith("\r")
