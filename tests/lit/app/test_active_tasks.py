"""The time limit of tasks."""

import time

import pytest

from seqsal.lit.app.active_tasks import ActiveTasks, TimeLimitError
from seqsal.models.progress import tasks
from seqsal.models.progress.tasks import CancelledError, Task


def test_a_task_beyond_the_time_limit_is_cancelled_with_the_reason() -> None:
    active = ActiveTasks(0.05)
    with pytest.raises(TimeLimitError, match="may take 0.05 seconds; .* --max_seconds"):
        _run(active, Task())
    assert active.count == 0


def test_a_task_that_is_cancelled_otherwise_is_not_a_time_limit_error() -> None:
    task = Task()
    task.cancel()
    with pytest.raises(CancelledError):
        _run(ActiveTasks(60), task)


def test_a_task_within_the_time_limit_is_not_cancelled() -> None:
    active, task = ActiveTasks(0.05), Task()
    with active.run(task):
        pass
    time.sleep(0.1)
    task.raise_if_cancelled()


def _run(active: ActiveTasks, task: Task) -> None:
    with active.run(task):
        for _ in range(1000):
            tasks.current_task().raise_if_cancelled()
            time.sleep(0.01)
