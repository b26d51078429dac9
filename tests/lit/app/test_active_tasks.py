"""Work that takes too long is ended."""

import time

import pytest

from seqsal.lit.app.active_tasks import ActiveTasks, TimeLimitError
from seqsal.models.progress import tasks
from seqsal.models.progress.tasks import CancelledError, Task


def test_work_beyond_its_time_is_ended_and_told() -> None:
    active = ActiveTasks(0.05)
    with pytest.raises(TimeLimitError, match="may take 0.05 seconds; .* --max_seconds"):
        _run(active, Task())
    assert active.count == 0


def test_work_that_somebody_else_ends_is_no_question_of_time() -> None:
    task = Task()
    task.cancel()
    with pytest.raises(CancelledError):
        _run(ActiveTasks(60), task)


def test_work_within_its_time_is_left_alone() -> None:
    active, task = ActiveTasks(0.05), Task()
    with active.run(task):
        pass
    time.sleep(0.1)
    task.check()


def _run(active: ActiveTasks, task: Task) -> None:
    with active.run(task):
        for _ in range(1000):
            tasks.current().check()
            time.sleep(0.01)
