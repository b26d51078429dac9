"""Keeps forward passes, so that a second selection on a sequence needs only a backward pass."""

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence

from seqsal.models.base import Trace


class TraceCache:
    """Traces by sequence, least recently used out first, within a budget of bytes.

    The newest trace is kept even where it alone is over the budget: the next click is most
    likely on the same sequence.
    """

    def __init__(self, make_trace: Callable[[Sequence[int]], Trace], budget: int) -> None:
        """Makes an empty cache.

        Args:
            make_trace: runs the forward pass.
            budget: most bytes that the kept graphs may hold together.
        """
        self._make_trace, self._budget = make_trace, budget
        self._traces: OrderedDict[tuple[int, ...], Trace] = OrderedDict()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def borrow(self, ids: tuple[int, ...]) -> Iterator[Trace]:
        """Yields the trace of a sequence; one borrower at a time."""
        with self._lock:
            trace = self._traces.pop(ids, None)
            if trace is None:
                # Half the budget is for the new one, so that both never stand at their peak.
                self._shrink(self._budget // 2, keep=0)
                trace = self._make_trace(ids)
            self._traces[ids] = trace
            self._shrink(self._budget, keep=1)
            yield trace

    def _shrink(self, budget: int, *, keep: int) -> None:
        held = sum(trace.nbytes for trace in self._traces.values())
        while len(self._traces) > keep and held > budget:
            _, oldest = self._traces.popitem(last=False)
            held -= oldest.nbytes
