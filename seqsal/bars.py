"""Bars that tell in a notebook or a terminal how far a piece of work is."""

import contextlib
import sys
from collections.abc import Iterator
from typing import Any, Final

from seqsal import tasks

_DELAY: Final = 1.0
"""Seconds after which a bar appears: what is quicker needs none."""
_LABELS: Final = {
    "loading": ("Loading", "model"),
    "weights": ("Loading the model", "tensor"),
    "answering": ("Answering", "prompt"),
    "writing": ("Writing", "token"),
    "selection": ("Explaining", "selection"),
}
_PARTS: Final = {("answering", "writing")}
"""Stages within others, whose bar stays: each prompt's tokens would take its place."""


@contextlib.contextmanager
def shown(progress: bool | None, *, tokens: int | None = None) -> Iterator[None]:
    """Shows bars for the work of this thread.

    Args:
        progress: True or False; None for where a person looks on: a notebook or a terminal.
        tokens: how many tokens of an answer are written at most.
    """
    if progress is False or (progress is None and not _is_watched()):
        yield
        return
    bars = _Bars({"writing": tokens})
    try:
        with tasks.working_on(tasks.Task(tell=bars.tell)):
            yield
    finally:
        bars.close()


def _is_watched() -> bool:
    return _in_notebook() or (sys.stderr is not None and sys.stderr.isatty())


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    # The shell of a notebook belongs to a kernel; that of a terminal does not.
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


class _Bars:
    """One bar at a time, of the stage that is told last."""

    def __init__(self, totals: dict[str, int | None]) -> None:
        self._totals, self._stage = totals, ""
        self._bar: Any = None

    def tell(self, event: str, details: dict[str, Any]) -> None:
        """Takes what `tasks.Task.tell` tells."""
        stage = details.get("stage", "")
        if event != "progress" or stage not in _LABELS or (self._stage, stage) in _PARTS:
            return
        if stage != self._stage:
            self.close()
            self._open(stage, details.get("of", self._totals.get(stage)))
        if "number" in details:
            self._bar.update(details["number"] - 1 - self._bar.n)
        else:
            self._bar.update(1)

    def close(self) -> None:
        """Leaves the bar as it is."""
        if self._bar is not None:
            self._bar.close()
        self._bar, self._stage = None, ""

    def _open(self, stage: str, total: int | None) -> None:
        from tqdm.auto import tqdm

        label, unit = _LABELS[stage]
        self._stage = stage
        self._bar = tqdm(
            total=total, desc=label, unit=unit, delay=_DELAY, leave=False, dynamic_ncols=True
        )
