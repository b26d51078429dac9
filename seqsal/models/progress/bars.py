"""Bars that tell in a notebook or a terminal how far a piece of work is."""

import contextlib
import contextvars
import sys
import threading
from collections.abc import Iterator
from typing import Any, Final

from seqsal.models.progress import tasks

_DELAY: Final = 1.0
"""Seconds after which a bar appears: what is quicker needs none."""
_BEAT: Final = 1.0
"""Seconds after which the time of a bar is shown anew, where nothing else has moved it."""
_LABELS: Final = {
    "loading": ("Loading", "model"),
    "weights": ("Loading", "tensor"),
    "answering": ("Answering", "prompt"),
    "writing": ("Writing", "token"),
    "selection": ("Explaining", "selection"),
}
_PARTS: Final = {("answering", "forward"), ("answering", "writing")}
"""Stages within others, whose bar stays: each prompt's tokens would take its place."""

_decided: contextvars.ContextVar[bool] = contextvars.ContextVar("decided", default=False)


@contextlib.contextmanager
def shown(progress: bool | None, *, tokens: int | None = None) -> Iterator[None]:
    """Shows bars for the work of this thread; within another `shown`, that one decides.

    Args:
        progress: True or False; None for where a person looks on: a notebook or a terminal.
        tokens: how many tokens of an answer are written at most.
    """
    if _decided.get():
        yield
        return
    token = _decided.set(True)
    try:
        with _bars({"writing": tokens}) if _wanted(progress) else contextlib.nullcontext():
            yield
    finally:
        _decided.reset(token)


def _wanted(progress: bool | None) -> bool:
    return _is_watched() if progress is None else progress


def _is_watched() -> bool:
    return _in_notebook() or (sys.stderr is not None and sys.stderr.isatty())


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    # The shell of a notebook belongs to a kernel; that of a terminal does not.
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


@contextlib.contextmanager
def _bars(totals: dict[str, int | None]) -> Iterator[None]:
    bars, ended = _Bars(totals), threading.Event()
    threading.Thread(target=bars.keep_time, args=[ended], daemon=True).start()
    try:
        with tasks.working_on(tasks.Task(tell=bars.tell)):
            yield
    finally:
        ended.set()
        bars.close()


class _Bars:
    """One bar at a time, of the stage that is told last."""

    def __init__(self, totals: dict[str, int | None]) -> None:
        self._totals, self._stage, self._model = totals, "", "the model"
        self._bar: Any = None
        self._lock = threading.RLock()

    def tell(self, event: str, details: dict[str, Any]) -> None:
        """Takes what `tasks.Task.tell` tells."""
        stage = details.get("stage", "")
        if event != "progress" or (self._stage, stage) in _PARTS:
            return
        with self._lock:
            self._model = details.get("name", self._model)
            if stage != self._stage:
                self.close()
                total = details.get("of", self._totals.get(stage))
                self._open(stage, total, details.get("number", 1) - 1)
            self._move(details.get("number"))

    def close(self) -> None:
        """Takes the bar away."""
        with self._lock:
            if self._bar is not None:
                self._bar.total = None  # In a notebook, one that is not full would stay, in red.
                self._bar.close()
            self._bar, self._stage = None, ""

    def keep_time(self, ended: threading.Event) -> None:
        """Shows a bar that nothing has moved for a while, until the work has ended."""
        while not ended.wait(_BEAT):
            with self._lock:
                if self._bar is not None:
                    self._bar.update(0)

    def _move(self, number: int | None) -> None:
        if self._bar is not None:
            self._bar.update(1 if number is None else number - 1 - self._bar.n)

    def _open(self, stage: str, total: int | None, done: int) -> None:
        if stage not in _LABELS:  # Nothing to count; what was counted before is done.
            return
        from tqdm.auto import tqdm

        label, unit = _LABELS[stage]
        if label == "Loading":
            label = f"{label} {self._model}"
        self._stage = stage
        self._bar = tqdm(
            total=total,
            initial=done,
            desc=label,
            unit=unit,
            delay=_DELAY,
            miniters=0,  # So that the time goes on where nothing is counted.
            leave=False,
            dynamic_ncols=True,
        )
