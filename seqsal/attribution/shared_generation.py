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
        self._partial_texts: dict[Hashable, str] = {}
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
                if text := self._partial_texts.get(prompt):
                    task.report("progress", stage="writing", text=text)
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
                self._partial_texts[prompt] += details.get("text", "")
                for subscriber in self._subscribers.get(prompt, ()):
                    subscriber.report(event, **details)

        shared = Task(task.client, prefetch=task.prefetch, report=report)
        with self._lock:
            self._partial_texts[prompt], self._running[prompt] = "", shared
            # Others may have subscribed before.
            shared.prefetch = all(each.prefetch for each in self._subscribers.get(prompt, [task]))
        try:
            with task.on_cancel(shared.cancel), tasks.use_task(shared):
                yield
        finally:
            with self._lock:
                del self._partial_texts[prompt], self._running[prompt]
