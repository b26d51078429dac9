"""A cache of forward passes: another selection on a sequence needs only a backward pass."""

import contextlib
import dataclasses
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from seqsal.attribution.caches.gradients import GradientCache
from seqsal.models.causal_lm import Trace
from seqsal.models.device_queue import DeviceQueue

_SHARE_FOR_GRADIENTS: Final = 0.25
"""Share of the budget for the cached gradients of one sequence."""
MAX_SEQUENCES: Final = 64
"""The maximum number of sequences, however short. The graph of a short text has thousands of Python
objects whose memory `nbytes` does not count. Without this limit they would fill the memory over a
day of new prompts, although the forward pass of a short text is quick to recompute."""


@dataclasses.dataclass(frozen=True)
class CachedTrace:
    """A forward pass, and the gradients that were computed on it."""

    trace: Trace
    gradients: GradientCache

    @property
    def nbytes(self) -> int:
        """Bytes of both, without the model's weights."""
        return self.trace.nbytes + self.gradients.nbytes


class TraceCache:
    """An LRU cache of traces by sequence, limited in bytes and in number.

    The newest trace stays cached even if it exceeds the budget on its own: the next request is
    most likely for the same sequence.
    """

    def __init__(
        self,
        make_trace: Callable[[Sequence[int]], Trace],
        budget: int,
        queue: DeviceQueue | None = None,
        max_sequences: int = MAX_SEQUENCES,
        *,
        serves_prefixes: bool = True,
    ) -> None:
        """Makes an empty cache.

        Args:
            make_trace: runs the forward pass.
            budget: the maximum total bytes of graphs and gradients.
            queue: where callers wait for their turn; None for a new queue.
            max_sequences: the maximum number of cached sequences.
            serves_prefixes: whether the trace of a sequence is also used for its prefixes.
        """
        self._serves_prefixes = serves_prefixes
        self._make_trace, self._budget = make_trace, budget
        self._max_sequences = max_sequences
        self._entries: OrderedDict[tuple[int, ...], CachedTrace] = OrderedDict()
        self._queue = DeviceQueue() if queue is None else queue

    @contextlib.contextmanager
    def acquire(self, ids: tuple[int, ...]) -> Iterator[CachedTrace]:
        """Yields the trace of a sequence, or of a longer cached sequence that starts with it.

        Most causal models compute the same for a shared prefix. Callers run one at a time, in the
        order of the queue.
        """
        with self._queue:
            longer = (key for key in self._entries if key[: len(ids)] == ids)
            key = next(longer, ids) if self._serves_prefixes else ids
            entry = self._entries.pop(key, None)
            if entry is None:
                # Leave half of the budget to the new trace, to limit the peak of both together.
                self._shrink(self._budget // 2, keep_newest=0)
                gradients = GradientCache(int(self._budget * _SHARE_FOR_GRADIENTS))
                entry = CachedTrace(self._make_trace(ids), gradients)
            self._entries[key] = entry
            self._shrink(self._budget, keep_newest=1)
            yield entry

    def drop(self, ids: tuple[int, ...]) -> None:
        """Releases the traces of a sequence and of its prefixes."""
        with self._queue:
            for key in [key for key in self._entries if ids[: len(key)] == key]:
                del self._entries[key]

    def clear(self) -> None:
        """Releases all traces."""
        with self._queue:
            self._entries.clear()

    def _shrink(self, budget: int, *, keep_newest: int) -> None:
        nbytes = sum(entry.nbytes for entry in self._entries.values())
        while len(self._entries) > keep_newest and (
            nbytes > budget or len(self._entries) > self._max_sequences
        ):
            _, oldest = self._entries.popitem(last=False)
            nbytes -= oldest.nbytes
