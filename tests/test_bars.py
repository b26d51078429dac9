import io
import pathlib
import re
import sys
from collections.abc import Callable
from typing import Any

import pytest
from huggingface_hub.utils.tqdm import are_progress_bars_disabled
from transformers.utils import logging

import seqsal
from seqsal import bars, tasks
from seqsal.explaining import explainer_of
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


@pytest.fixture
def nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seqsal.explaining._last_loaded", {})


@pytest.mark.usefixtures("nothing_loaded")
@pytest.mark.parametrize("call", [explain, seqsal.view])
def test_loading_a_model_shows_a_bar_of_ours_and_none_of_transformers(
    call: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    call("embedded:small", "The quick", " fox", progress=True)
    shown = capsys.readouterr().err
    assert re.search(r"Loading the model:[^\r]* 0/56 ", shown)
    assert "Loading weights" not in shown


@pytest.mark.usefixtures("nothing_loaded")
def test_each_tensor_that_is_loaded_is_told() -> None:
    heard: list[Any] = []
    with tasks.working_on(tasks.Task(tell=lambda _, details: heard.append(details))):
        explainer_of("embedded:small")
    assert heard == [{"stage": "weights", "number": i, "of": 56} for i in range(1, 57)]


@pytest.mark.usefixtures("nothing_loaded")
@pytest.mark.parametrize("progress", [None, False])
def test_loading_a_model_is_silent_where_nobody_looks(
    progress: bool | None, capsys: pytest.CaptureFixture[str]
) -> None:
    explain("embedded:small", "The quick", " fox", progress=progress)
    assert capsys.readouterr().err == ""
    assert logging.set_tqdm_hook(None) is None
    assert not are_progress_bars_disabled()


@pytest.mark.usefixtures("nothing_loaded")
def test_a_model_that_can_not_be_loaded_leaves_the_bars_of_others(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="No causal language model"):
        explain(tmp_path, "The quick", " fox", progress=False)
    assert logging.set_tqdm_hook(None) is None
    assert not are_progress_bars_disabled()


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
