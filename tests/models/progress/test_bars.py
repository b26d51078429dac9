import contextlib
import io
import os
import pathlib
import re
import sys
import termios
import weakref
from collections.abc import Callable
from typing import Any, Final

import nbformat
import pytest
from huggingface_hub.utils.tqdm import are_progress_bars_disabled
from nbclient import NotebookClient
from transformers.utils import logging

import seqsal
from seqsal.attribution.explainers import get_explainer
from seqsal.models.progress import bars, tasks
from seqsal.models.transformers import HFCausalLM
from seqsal.results.explain import explain
from tests.forked import Program


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes bars appear without a delay."""
    monkeypatch.setattr("seqsal.models.progress.bars._DELAY", 0)


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


def test_no_bar_is_shown_without_a_terminal_or_notebook(
    lm: HFCausalLM, capsys: pytest.CaptureFixture[str]
) -> None:
    for progress in (None, False):  # The standard error of a test is no terminal.
        fresh = HFCausalLM(lm.model, lm.tokenizer)
        explain(fresh, "The quick", max_new_tokens=9, progress=progress)
    assert capsys.readouterr().err == ""


@pytest.fixture
def nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seqsal.attribution.explainer_cache._last_loaded", {})
    monkeypatch.setattr("seqsal.attribution.explainer_cache._in_use", weakref.WeakValueDictionary())


def _compare(*shown: str, **options: Any) -> Any:
    return seqsal.compare([shown, shown], **options)


@pytest.mark.usefixtures("nothing_loaded")
@pytest.mark.parametrize("call", [explain, seqsal.view, _compare])
def test_loading_a_model_shows_a_bar_of_ours_and_none_of_transformers(
    call: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    call("embedded:small", "The quick", " fox", progress=True)
    shown = capsys.readouterr().err
    assert re.search(r"Loading embedded:small:[^\r]* 0/1 ", shown)
    assert re.search(r"Loading embedded:small:[^\r]* 0/56 ", shown)
    assert "Loading weights" not in shown


@pytest.mark.usefixtures("nothing_loaded")
def test_each_loaded_tensor_is_reported() -> None:
    heard: list[Any] = []
    with tasks.use_task(tasks.Task(report=lambda _, details: heard.append(details))):
        get_explainer("embedded:small")
    assert heard[0] == {"stage": "loading", "number": 1, "of": 1, "name": "embedded:small"}
    assert heard[1:] == [{"stage": "weights", "number": i, "of": 56} for i in range(1, 57)]


@pytest.mark.usefixtures("nothing_loaded")
@pytest.mark.parametrize("progress", [None, False])
@pytest.mark.parametrize("call", [explain, _compare])
def test_loading_a_model_is_silent_if_not_watched(
    call: Callable[..., Any], progress: bool | None, capsys: pytest.CaptureFixture[str]
) -> None:
    call("embedded:small", "The quick", " fox", progress=progress)
    assert capsys.readouterr().err == ""
    assert logging.set_tqdm_hook(None) is None
    assert not are_progress_bars_disabled()


@pytest.mark.usefixtures("nothing_loaded")
def test_a_model_that_can_not_be_loaded_leaves_the_bars_of_others(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="No causal language model"):
        explain(tmp_path, "The quick", " fox", progress=False)
    assert logging.set_tqdm_hook(None) is None
    assert not are_progress_bars_disabled()


_TWO = ["small:embedded:small", "tiny:embedded:tiny"]


def test_each_model_of_several_has_its_bar_and_transformers_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seqsal.get_models(_TWO, progress=True)
    shown = capsys.readouterr().err
    for index, name in enumerate(("small", "tiny")):
        assert re.search(rf"Loading {name}:[^\r]* {index}/2 ", shown)
        assert re.search(rf"Loading {name}:[^\r]* 0/\d\d ", shown)
    assert "Loading weights" not in shown


@pytest.mark.parametrize("progress", [None, False])
def test_models_load_silently_if_not_watched(
    progress: bool | None, capsys: pytest.CaptureFixture[str]
) -> None:
    seqsal.get_models(_TWO, progress=progress)
    assert capsys.readouterr().err == ""


_READY: Final = "seqsal is ready"


def _in_a_terminal(*command: str, until: str = "") -> str:
    """Returns what a program writes to a terminal that it has for its output and its errors."""
    own, other = os.openpty()
    termios.tcsetwinsize(own, (24, 100))
    written = ""
    program = Program(command, stdout=other, stderr=other)
    os.close(other)
    with contextlib.suppress(OSError):  # Linux raises it after the last writer has ended.
        while not until or until not in written:
            written += os.read(own, 4096).decode(errors="replace")
    program.terminate()
    program.wait()
    os.close(own)
    return written


_LOADS: Final = """
import sys
from seqsal import get_models
from seqsal.models.progress import bars
bars._DELAY = 0
get_models(["one:embedded:tiny"], progress=eval(sys.argv[1]))
"""


def test_a_terminal_shows_bars_unless_disabled() -> None:
    shown = _in_a_terminal("-c", _LOADS, "None")
    assert re.search(r"Loading one:[^\r]* 0/1 ", shown)
    assert "Loading weights" not in shown
    assert _in_a_terminal("-c", _LOADS, "False") == ""


_SERVES: Final = """
from seqsal import __main__ as cli
from seqsal.models.progress import bars
bars._DELAY = 0
cli.main(["seqsal", "--port=0", "--data_dir=off", "--models=one:embedded:tiny", "--warm_start=1"])
"""


def test_the_command_in_a_terminal_shows_bars_for_models_and_for_all_prompts() -> None:
    shown = _in_a_terminal("-c", _SERVES, until=_READY)
    for text in (r"Loading one:[^\r]* 0/1 ", r"Answering:[^\r]* 0/\d+ ", _READY):
        assert re.search(text, shown)
    assert "Loading weights" not in shown


_SLOW: Final = """
import time
from seqsal.models.progress import bars, tasks
with bars.show_progress(None):
    tasks.current_task().report("progress", stage="selection", number=1, of=7)
    time.sleep(3.5)
"""


def test_a_long_step_shows_its_bar_with_the_time_that_passes() -> None:
    times = re.findall(r"Explaining:   0%[^\r]* 0/7 \[00:0(\d)<", _in_a_terminal("-c", _SLOW))
    assert len(set(times)) >= 2


@pytest.fixture(scope="module")
def notebook() -> Any:
    """A notebook that has run the slow step, and has made some models."""
    cells = [_SLOW, 'import seqsal\nmodels = seqsal.get_models(["one:embedded:tiny"])']
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    return NotebookClient(made, timeout=300, kernel_name="python3").execute()


def test_a_notebook_shows_a_bar_of_its_own_kind_which_does_not_end_as_a_failure(
    notebook: Any,
) -> None:
    (bar,) = [out for out in notebook.cells[0].outputs if "data" in out]
    assert bar["data"]["text/plain"].startswith("Explaining:   0%")
    states = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    fields = [widget["state"] for widget in states.values()]
    assert {each["bar_style"] for each in fields if "bar_style" in each} == {""}


def test_what_is_quick_leaves_nothing_in_a_notebook(notebook: Any) -> None:
    texts = [out.get("text", "") for out in notebook.cells[1].outputs]
    assert not any("Loading" in text for text in texts)


@pytest.mark.parametrize("outer", [True, False])
def test_within_bars_or_silence_the_outermost_decides(
    outer: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with bars.show_progress(outer), bars.show_progress(not outer):
        tasks.current_task().report("progress", stage="selection", number=3, of=7)
    assert ("Explaining" in capsys.readouterr().err) == outer
    with bars.show_progress(True):
        assert tasks.current_task().reports_progress


def test_a_stage_without_a_number_ends_the_bar_before_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with bars.show_progress(True):
        tasks.current_task().report("progress", stage="weights", number=5, of=7)
        assert not capsys.readouterr().err.endswith("\r")
        tasks.current_task().report("progress", stage="forward")
        assert capsys.readouterr().err.endswith("\r")


def test_a_terminal_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", _Terminal())
    with bars.show_progress(None):
        tasks.current_task().report("progress", stage="selection", number=3, of=7)
    assert isinstance(sys.stderr, _Terminal)
    assert "Explaining" in sys.stderr.getvalue()
    assert not tasks.current_task().reports_progress


def test_other_news_are_passed_over(capsys: pytest.CaptureFixture[str]) -> None:
    with bars.show_progress(True):
        tasks.current_task().report("queued", ahead=2)
        tasks.current_task().report("progress", stage="forward")
    assert capsys.readouterr().err == ""


def test_the_bar_goes_where_the_work_fails(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="broken"), bars.show_progress(True):
        tasks.current_task().report("progress", stage="writing", text="a")
        raise ValueError("broken")
    assert not tasks.current_task().reports_progress
    assert capsys.readouterr().err.endswith("\r")
