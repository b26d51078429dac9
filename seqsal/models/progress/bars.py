"""Progress bars in a notebook or a terminal."""

import contextlib
import contextvars
import sys
import threading
from collections.abc import Iterator
from typing import Any, Final

from seqsal.models.progress import tasks

_DELAY: Final = 1.0
"""Seconds after which a bar appears: quick work needs none."""
_REFRESH: Final = 1.0
"""Seconds after which a bar is redrawn, so that its clock goes on."""
_LABELS: Final = {
    "loading": ("Loading", "model"),
    "converting": ("Converting", "tensor"),
    "weights": ("Loading", "tensor"),
    "answering": ("Answering", "prompt"),
    "writing": ("Writing", "token"),
    "selection": ("Explaining", "selection"),
}
_SUBSTAGES: Final = {("answering", "forward"), ("answering", "writing")}
"""Pairs of a stage and a stage within it, which does not replace its bar."""

_decided: contextvars.ContextVar[bool] = contextvars.ContextVar("decided", default=False)


@contextlib.contextmanager
def show_progress(progress: bool | None, *, tokens: int | None = None) -> Iterator[None]:
    """Shows bars for the work of this thread; an enclosing `show_progress` takes precedence.

    Args:
        progress: True or False; None: only in a notebook or a terminal.
        tokens: most tokens of an answer.
    """
    if _decided.get():
        yield
        return
    token = _decided.set(True)
    try:
        with _bars({"writing": tokens}) if should_show(progress) else contextlib.nullcontext():
            yield
    finally:
        _decided.reset(token)


def should_show(progress: bool | None) -> bool:
    """Returns whether to show bars; None: only in a notebook or a terminal."""
    if progress is not None:
        return progress
    return _in_notebook() or (sys.stderr is not None and sys.stderr.isatty())


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    # The shell of a notebook has a kernel; that of a terminal has none.
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


@contextlib.contextmanager
def _bars(totals: dict[str, int | None]) -> Iterator[None]:
    bars, ended = _Bars(totals), threading.Event()
    threading.Thread(target=bars.refresh, args=[ended], daemon=True).start()
    try:
        with tasks.use_task(tasks.Task(report=bars.report)):
            yield
    finally:
        ended.set()
        bars.close()


class _Bars:
    """One bar at a time, for the stage that was reported last."""

    def __init__(self, totals: dict[str, int | None]) -> None:
        self._totals, self._stage, self._model = totals, "", "the model"
        self._bar: Any = None
        self._lock = threading.RLock()

    def report(self, event: str, details: dict[str, Any]) -> None:
        """Handles an event of `tasks.Task`."""
        stage = details.get("stage", "")
        if event != "progress" or (self._stage, stage) in _SUBSTAGES:
            return
        with self._lock:
            self._model = details.get("name", self._model)
            if stage != self._stage:
                self.close()
                total = details.get("of", self._totals.get(stage))
                self._open(stage, total, details.get("number", 1) - 1)
            self._move(details.get("number"))

    def close(self) -> None:
        """Removes the bar."""
        with self._lock:
            if self._bar is not None:
                self._bar.total = None  # In a notebook, an incomplete bar would stay, in red.
                self._bar.close()
            self._bar, self._stage = None, ""

    def refresh(self, ended: threading.Event) -> None:
        """Redraws the bar once a second until the work has ended."""
        while not ended.wait(_REFRESH):
            with self._lock:
                if self._bar is not None:
                    self._bar.update(0)

    def _move(self, number: int | None) -> None:
        if self._bar is not None:
            self._bar.update(1 if number is None else number - 1 - self._bar.n)

    def _open(self, stage: str, total: int | None, done: int) -> None:
        if stage not in _LABELS:  # Nothing to count.
            return
        from tqdm.auto import tqdm

        label, unit = _LABELS[stage]
        if label in ("Loading", "Converting"):
            label = f"{label} {self._model}"
        self._stage = stage
        self._bar = tqdm(
            total=total,
            initial=done,
            desc=label,
            unit=unit,
            delay=_DELAY,
            miniters=0,  # Redraw even if nothing was counted.
            leave=False,
            dynamic_ncols=True,
        )


@contextlib.contextmanager
def downloads_only_if_watched() -> Iterator[None]:
    """Hides the download bars of the hub's client unless the current task reports progress."""
    from huggingface_hub.utils.tqdm import (
        are_progress_bars_disabled,
        disable_progress_bars,
        enable_progress_bars,
    )

    # If its bars were hidden before, they stay hidden.
    if tasks.current_task().reports_progress or are_progress_bars_disabled():
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()
