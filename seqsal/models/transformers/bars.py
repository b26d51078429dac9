"""How far the loading of a checkpoint is, told to who waits for it in the place of bars."""

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sized
from typing import Any, Final

from transformers.utils import logging

from seqsal.models.progress import downloads, tasks

_loading: Final = threading.Lock()
"""The hook belongs to the whole process: models that are loaded in two threads take turns."""


@contextlib.contextmanager
def told_to_task() -> Iterator[None]:
    """Has Transformers tell the task of this thread which weights it loads, and draw no bar.

    Where nobody watches the task, the hub draws no bars of its downloads either.
    """
    task = tasks.current()
    # A Transformers that has no such hook keeps its own bars.
    set_hook = getattr(logging, "set_tqdm_hook", lambda _: None)
    with _loading, downloads.shown_where_watched():
        before = set_hook(lambda _, args, kwargs: _Told(task, *args, **kwargs))
        try:
            yield
        finally:
            set_hook(before)


class _Told:
    """Stands where Transformers would have a bar of tqdm."""

    def __init__(
        self, task: tasks.Task, items: Iterable[Any] = (), *, total: int | None = None, **_: Any
    ) -> None:
        self._task, self._items, self._begun = task, items, 0
        self._total = len(items) if total is None and isinstance(items, Sized) else total

    def __iter__(self) -> Iterator[Any]:
        for item in self._items:
            self.update()
            yield item

    def __enter__(self) -> "_Told":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __getattr__(self, name: str) -> Callable[..., None]:
        """Returns what does nothing, for all that changes how a bar looks."""
        return lambda *_, **__: None

    def update(self, count: int = 1) -> None:
        """Tells that some more are loaded, or begun."""
        self._begun += count
        self._task.tell("progress", stage="weights", number=self._begun, of=self._total)
