"""How far the loading of a checkpoint is, told to who waits for it in the place of bars."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sized
from typing import Any

from huggingface_hub.utils.tqdm import (
    are_progress_bars_disabled,
    disable_progress_bars,
    enable_progress_bars,
)
from transformers.utils import logging

from seqsal import tasks


@contextlib.contextmanager
def told_to_task() -> Iterator[None]:
    """Has Transformers tell the task of this thread which weights it loads, and draw no bar.

    Where nobody watches the task, the hub draws no bars of its downloads either.
    """
    task = tasks.current()
    # A Transformers that has no such hook keeps its own bars.
    set_hook = getattr(logging, "set_tqdm_hook", lambda _: None)
    before = set_hook(lambda _, args, kwargs: _Told(task, *args, **kwargs))
    # A hub that was silent before stays so.
    hush = not task.watched and not are_progress_bars_disabled()
    if hush:
        disable_progress_bars()
    try:
        yield
    finally:
        set_hook(before)
        if hush:
            enable_progress_bars()


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
