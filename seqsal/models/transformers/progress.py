"""Progress of loading a checkpoint, reported to the current task instead of drawn as bars."""

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sized
from typing import Any, Final

from transformers import modeling_gguf_pytorch_utils as gguf_reader
from transformers.utils import logging

from seqsal.models.progress import bars, tasks

_loading: Final = threading.Lock()
"""The hook belongs to the whole process: two threads load their models one after the other."""


@contextlib.contextmanager
def reported_to_task() -> Iterator[None]:
    """Reports the weights that Transformers loads to the current task, and draws no bars.

    If the task is not watched, the hub's client draws no bars of its downloads either.
    """
    task = tasks.current_task()
    # A Transformers without such a hook draws its own bars.
    set_hook = getattr(logging, "set_tqdm_hook", lambda _: None)
    with _loading, bars.downloads_only_if_watched():
        before = set_hook(lambda _, args, kwargs: _TaskBar(task, "weights", *args, **kwargs))
        try:
            yield
        finally:
            set_hook(before)


@contextlib.contextmanager
def conversion_reported_to_task() -> Iterator[None]:
    """Reports the weights that Transformers dequantizes from a GGUF file to the current task.

    Transformers 5.23 draws their bar with tqdm itself, past its own hook; the other steps are short
    and not reported.
    """
    task = tasks.current_task()
    with tasks.use_task(tasks.Task()), reported_to_task():
        before = gguf_reader.tqdm
        gguf_reader.tqdm = lambda *args, **kwargs: _TaskBar(task, "converting", *args, **kwargs)
        try:
            yield
        finally:
            gguf_reader.tqdm = before


class _TaskBar:
    """A stand-in for a bar of tqdm that reports to a task."""

    def __init__(
        self,
        task: tasks.Task,
        stage: str,
        items: Iterable[Any] = (),
        *,
        total: int | None = None,
        **_: Any,
    ) -> None:
        self._task, self._stage, self._items, self._number = task, stage, items, 0
        self._total = len(items) if total is None and isinstance(items, Sized) else total

    def __iter__(self) -> Iterator[Any]:
        for item in self._items:
            self._task.raise_if_cancelled()
            self.update()
            yield item

    def __enter__(self) -> "_TaskBar":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __getattr__(self, name: str) -> Callable[..., None]:
        """Returns a function without effect for every method that changes a bar's looks."""
        return lambda *_, **__: None

    def update(self, count: int = 1) -> None:
        """Reports that more items are loaded."""
        self._number += count
        self._task.report("progress", stage=self._stage, number=self._number, of=self._total)
