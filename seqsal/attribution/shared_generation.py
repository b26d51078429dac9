"""Concurrent requests for the same answer share one generation and its progress.

A prompt here is a prompt with its stop texts, or anything else that identifies an answer.
"""

import contextlib
import threading
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

from seqsal.models.progress import tasks
from seqsal.models.progress.tasks import Task


class SharedGeneration:
    """The tasks that wait for the answer to each prompt, and the text generated so far."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscribers: dict[Hashable, list[Task]] = {}
        self._partial: dict[Hashable, dict[str, Any]] = {}
        self._running: dict[Hashable, Task] = {}

    @contextlib.contextmanager
    def subscribe(self, prompts: Sequence[Hashable]) -> Iterator[None]:
        """Reports the progress of the answers to the current task.

        If a generation is already running, its text so far is reported first. A prefetch that is
        running is no longer one if the current task is not.
        """
        task = tasks.current_task()
        with self._lock:
            for prompt in prompts:
                self._subscribers.setdefault(prompt, []).append(task)
                if partial := self._partial.get(prompt):
                    task.report("progress", **partial)
                if running := self._running.get(prompt):
                    running.prefetch &= task.prefetch
        try:
            yield
        finally:
            with self._lock:
                for prompt in prompts:
                    self._subscribers[prompt].remove(task)
                    if not self._subscribers[prompt]:
                        del self._subscribers[prompt]

    @contextlib.contextmanager
    def broadcast(self, prompt: Hashable) -> Iterator[None]:
        """Makes a task current that reports its progress to all subscribers of the prompt.

        Cancelling the task that was current cancels it too.
        """
        task = tasks.current_task()

        def report(event: str, details: dict[str, Any]) -> None:
            with self._lock:
                if "text" in details:
                    before = self._partial[prompt].get("text", "")
                    self._partial[prompt] = {**details, "text": before + details["text"]}
                for subscriber in self._subscribers.get(prompt, ()):
                    subscriber.report(event, **details)

        shared = Task(task.client, prefetch=task.prefetch, report=report)
        with self._lock:
            self._partial[prompt], self._running[prompt] = {}, shared
            # Others may have subscribed before.
            shared.prefetch = all(each.prefetch for each in self._subscribers.get(prompt, [task]))
        try:
            with task.on_cancel(shared.cancel), tasks.use_task(shared):
                yield
        finally:
            with self._lock:
                del self._partial[prompt], self._running[prompt]
