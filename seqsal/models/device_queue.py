"""Who runs on a device, one at a time, in turns, and who comes next."""

import dataclasses
import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Final

from seqsal.models.progress import tasks, timings
from seqsal.models.progress.tasks import Task

_MOST_CLIENTS: Final = 1000
"""Clients whose last turn is remembered."""


@dataclasses.dataclass(eq=False)
class Ticket:
    """Somebody who waits.

    Attributes:
        task: what for.
        thread: which thread waits.
        place: the place in the queue that the task was told; 0 while it is its turn.
        called: set when it is its turn, or when nobody waits for the task any more.
    """

    task: Task
    thread: int
    place: int = 0
    called: threading.Event = dataclasses.field(default_factory=threading.Event)


def in_turn(waiting: Sequence[Ticket], last_turns: Mapping[str, int]) -> list[Ticket]:
    """Returns who waits in the order in which they go.

    What is asked ahead goes last. Clients take turns, and whoever has had none for longest begins;
    one client's tickets go as they came.

    Args:
        waiting: the tickets as they came.
        last_turns: for each client the number of the turn that it had last; 0 where there is none.
    """
    rounds: Counter[tuple[bool, str]] = Counter()
    keys = {}
    for number, ticket in enumerate(waiting):
        task = ticket.task
        keys[ticket] = (
            task.ahead,
            rounds[task.ahead, task.client],
            last_turns.get(task.client, 0),
            number,
        )
        rounds[task.ahead, task.client] += 1
    return sorted(waiting, key=keys.__getitem__)


class DeviceQueue:
    """A lock that its thread may take again, handed over in turns (see `in_turn`).

    A plain `threading.Lock` mostly goes back to the thread that has just let it go. While every
    prompt of a dataset is answered, a person's click would wait for all of them.
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
        """How many wait."""
        return len(self._waiting)

    def __enter__(self) -> None:
        """Waits for its turn, and tells the task's place in the queue meanwhile.

        Raises:
            CancelledError: nobody waits for the task any more.
        """
        ticket = Ticket(tasks.current(), threading.get_ident())
        with self._state:
            if self._holder == ticket.thread:
                self._depth += 1
                return
            self._waiting.append(ticket)
            if self._holder is None:
                self._call_next()
            self._tell_places()
        try:
            with timings.spending("queue"), ticket.task.on_cancel(ticket.called.set):
                ticket.called.wait()
            ticket.task.check()
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
                self._tell_places()

    def _leave(self, ticket: Ticket) -> None:
        with self._state:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
            else:  # Its turn came in the same moment.
                self._call_next()
            self._tell_places()

    def _call_next(self) -> None:
        """Hands the lock to who comes next, if anybody does."""
        order = in_turn(self._waiting, self._last_turns)
        self._holder, self._depth = (order[0].thread, 1) if order else (None, 0)
        if not order:
            return
        ticket = order[0]
        self._waiting.remove(ticket)
        self._turns += 1
        self._last_turns[ticket.task.client] = self._turns
        self._last_turns.move_to_end(ticket.task.client)
        if len(self._last_turns) > _MOST_CLIENTS:
            self._last_turns.popitem(last=False)
        _tell_place(ticket, 0)
        ticket.called.set()

    def _tell_places(self) -> None:
        for place, ticket in enumerate(in_turn(self._waiting, self._last_turns), start=1):
            _tell_place(ticket, place)


def _tell_place(ticket: Ticket, place: int) -> None:
    if place != ticket.place:
        ticket.place = place
        ticket.task.tell("queued", place=place)


_QUEUES: Final[dict[str, DeviceQueue]] = {}


def queue_of(device: str) -> DeviceQueue:
    """Returns the queue before a device of this process."""
    return _QUEUES.setdefault(device, DeviceQueue())


def waiting() -> int:
    """Returns how many wait for any device of this process."""
    return sum(queue.length for queue in list(_QUEUES.values()))
