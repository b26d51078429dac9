"""A fair lock on a device: one task runs at a time, and clients take turns."""

import dataclasses
import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Final

from seqsal.models.progress import tasks, timings
from seqsal.models.progress.tasks import Task

_MAX_CLIENTS: Final = 1000
"""Number of clients whose last turn is stored."""


@dataclasses.dataclass(eq=False)
class Ticket:
    """A thread that waits for the device.

    Attributes:
        task: the task of the thread.
        thread: its identity.
        place: the place in the queue that was last reported to the task; 0 during its turn.
        resumes: whether it gave way in the middle of its work.
        called: set when its turn begins, or when the task is cancelled.
    """

    task: Task
    thread: int
    place: int = 0
    resumes: bool = False
    called: threading.Event = dataclasses.field(default_factory=threading.Event)


def in_turn(waiting: Sequence[Ticket], last_turns: Mapping[str, int]) -> list[Ticket]:
    """Returns the tickets in the order of their turns.

    Prefetches go last, those that gave way first among them. Clients take turns, beginning with
    the one whose last turn is the longest ago; the tickets of a client go in order of arrival.

    Args:
        waiting: the tickets in order of arrival.
        last_turns: the number of each client's last turn; a client without one has 0.
    """
    rounds: Counter[tuple[bool, str]] = Counter()
    keys = {}
    for number, ticket in enumerate(waiting):
        task = ticket.task
        keys[ticket] = (
            task.prefetch,
            not ticket.resumes,
            rounds[task.prefetch, task.client],
            last_turns.get(task.client, 0),
            number,
        )
        rounds[task.prefetch, task.client] += 1
    return sorted(waiting, key=keys.__getitem__)


class DeviceQueue:
    """A reentrant lock that is acquired in turns (see `in_turn`).

    A plain `threading.Lock` is mostly reacquired by the thread that has just released it. While
    every prompt of a dataset is answered, a click would wait for all of them.
    """

    def __init__(self) -> None:
        self._state = threading.Lock()
        self._holder: int | None = None
        self._depth = 0
        self._waiting: list[Ticket] = []
        self._turns = 0
        self._last_turns: OrderedDict[str, int] = OrderedDict()

    @property
    def length(self) -> int:
        """Number of threads that wait."""
        return len(self._waiting)

    def __enter__(self) -> None:
        """Waits for the turn of this thread, and reports its place in the queue meanwhile.

        Raises:
            CancelledError: the task was cancelled.
        """
        ticket = Ticket(tasks.current_task(), threading.get_ident())
        with self._state:
            if self._holder == ticket.thread:
                self._depth += 1
                return
            self._waiting.append(ticket)
            if self._holder is None:
                self._call_next()
            self._report_places()
        try:
            with timings.measure("queue"), ticket.task.on_cancel(ticket.called.set):
                ticket.called.wait()
            ticket.task.raise_if_cancelled()
        except BaseException:
            self._leave(ticket)
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._state:
            self._depth -= 1
            if not self._depth:
                self._call_next()
                self._report_places()

    def give_way(self) -> None:
        """Lets all waiting tasks that are not prefetches run, if the current task is a prefetch.

        A long prefetch, such as an answer, calls it between its steps while it holds the lock. It
        returns when the lock is acquired again, so a task that was cancelled meanwhile still
        releases it in the ordinary way.
        """
        task, thread = tasks.current_task(), threading.get_ident()
        if not task.prefetch or not self._waiting:
            return
        with self._state:
            if self._holder != thread or all(each.task.prefetch for each in self._waiting):
                return
            ticket, depth = Ticket(task, thread, resumes=True), self._depth
            self._waiting.append(ticket)
            self._call_next()
            self._report_places()
        with timings.measure("queue"):
            ticket.called.wait()
        with self._state:
            self._depth = depth

    def _leave(self, ticket: Ticket) -> None:
        with self._state:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
            else:  # Its turn came in the same moment.
                self._call_next()
            self._report_places()

    def _call_next(self) -> None:
        """Hands the lock to the next ticket, if there is one."""
        order = in_turn(self._waiting, self._last_turns)
        self._holder, self._depth = (order[0].thread, 1) if order else (None, 0)
        if not order:
            return
        ticket = order[0]
        self._waiting.remove(ticket)
        self._turns += 1
        self._last_turns[ticket.task.client] = self._turns
        self._last_turns.move_to_end(ticket.task.client)
        if len(self._last_turns) > _MAX_CLIENTS:
            self._last_turns.popitem(last=False)
        _report_place(ticket, 0)
        ticket.called.set()

    def _report_places(self) -> None:
        for place, ticket in enumerate(in_turn(self._waiting, self._last_turns), start=1):
            _report_place(ticket, place)


def _report_place(ticket: Ticket, place: int) -> None:
    if place != ticket.place:
        ticket.place = place
        ticket.task.report("queued", place=place)


_QUEUES: Final[dict[str, DeviceQueue]] = {}


def queue_of(device: str) -> DeviceQueue:
    """Returns the queue of a device of this process."""
    return _QUEUES.setdefault(device, DeviceQueue())


def waiting() -> int:
    """Returns the number of threads that wait for any device of this process."""
    return sum(queue.length for queue in list(_QUEUES.values()))
