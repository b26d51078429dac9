"""One answer that several wait for: each is told how it comes along, whoever has it written."""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from seqsal.models.progress import tasks
from seqsal.models.progress.tasks import Task


class Sharing:
    """Who asks for which prompt's answer, and how far it is."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asking: dict[str, list[Task]] = {}
        self._texts: dict[str, str] = {}

    @contextlib.contextmanager
    def asking(self, prompts: Sequence[str]) -> Iterator[None]:
        """Has the current task told how the answers come along; of one begun, all so far."""
        task = tasks.current()
        with self._lock:
            for prompt in prompts:
                self._asking.setdefault(prompt, []).append(task)
                if text := self._texts.get(prompt):
                    task.tell("progress", stage="writing", text=text)
        try:
            yield
        finally:
            with self._lock:
                for prompt in prompts:
                    self._asking[prompt].remove(task)
                    if not self._asking[prompt]:
                        del self._asking[prompt]

    @contextlib.contextmanager
    def writing(self, prompt: str) -> Iterator[None]:
        """Makes a task current that tells all who ask for the answer, for whom it is written."""
        task = tasks.current()

        def tell(event: str, details: dict[str, Any]) -> None:
            with self._lock:
                self._texts[prompt] += details.get("text", "")
                for each in self._asking.get(prompt, ()):
                    each.tell(event, **details)

        shared = Task(task.client, ahead=task.ahead, tell=tell)
        self._texts[prompt] = ""
        try:
            with task.on_cancel(shared.cancel), tasks.working_on(shared):
                yield
        finally:
            with self._lock:
                del self._texts[prompt]
