"""Keeps forward passes, so that a second selection on a sequence needs only a backward pass."""

import contextlib
import dataclasses
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from seqsal.attribution.gradient_cache import GradientCache
from seqsal.models.causal_lm import Trace
from seqsal.models.device_queue import DeviceQueue

_SHARE_FOR_GRADIENTS: Final = 0.25
"""Share of the budget that the known gradients of one sequence may take."""
_MOST_SEQUENCES: Final = 64
"""How many sequences are kept, however small. A forward pass of a short text is quick and its graph
has thousands of objects, whose own memory no budget of numbers counts: over a day of new prompts
they would fill it for texts that nobody comes back to."""


@dataclasses.dataclass(frozen=True)
class CachedTrace:
    """A forward pass, and the gradients that were computed on it."""

    trace: Trace
    gradients: GradientCache

    @property
    def nbytes(self) -> int:
        """Bytes that both hold beyond the model's weights."""
        return self.trace.nbytes + self.gradients.nbytes


class TraceCache:
    """Traces by sequence, least recently used out first, within a budget of bytes and a number.

    The newest trace is kept even where it alone is over the budget: the next click is most
    likely on the same sequence.
    """

    def __init__(
        self,
        make_trace: Callable[[Sequence[int]], Trace],
        budget: int,
        queue: DeviceQueue | None = None,
        most: int = _MOST_SEQUENCES,
        *,
        serves_prefixes: bool = True,
    ) -> None:
        """Makes an empty cache.

        Args:
            make_trace: runs the forward pass.
            budget: most bytes that the kept graphs and gradients may hold together.
            queue: where borrowers wait for their turn; None for a queue of its own.
            most: how many sequences are kept.
            serves_prefixes: whether a sequence serves for what it begins with, too.
        """
        self._serves_prefixes = serves_prefixes
        self._make_trace, self._budget, self._most = make_trace, budget, most
        self._kept: OrderedDict[tuple[int, ...], CachedTrace] = OrderedDict()
        self._queue = DeviceQueue() if queue is None else queue

    @contextlib.contextmanager
    def borrow(self, ids: tuple[int, ...]) -> Iterator[CachedTrace]:
        """Yields the trace of a sequence, or of a longer one that begins with it.

        Most causal models make the same of the tokens they share. One borrower at a time, in turns.
        """
        with self._queue:
            longer = (key for key in self._kept if key[: len(ids)] == ids)
            key = next(longer, ids) if self._serves_prefixes else ids
            kept = self._kept.pop(key, None)
            if kept is None:
                # Half the budget is for the new one, so that both never stand at their peak.
                self._shrink(self._budget // 2, keep=0)
                gradients = GradientCache(int(self._budget * _SHARE_FOR_GRADIENTS))
                kept = CachedTrace(self._make_trace(ids), gradients)
            self._kept[key] = kept
            self._shrink(self._budget, keep=1)
            yield kept

    def drop(self, ids: tuple[int, ...]) -> None:
        """Lets go of what is kept of a sequence, or of its beginning."""
        with self._queue:
            for key in [key for key in self._kept if ids[: len(key)] == key]:
                del self._kept[key]

    def clear(self) -> None:
        """Lets go of everything that is kept."""
        with self._queue:
            self._kept.clear()

    def _shrink(self, budget: int, *, keep: int) -> None:
        held = sum(kept.nbytes for kept in self._kept.values())
        while len(self._kept) > keep and (held > budget or len(self._kept) > self._most):
            _, oldest = self._kept.popitem(last=False)
            held -= oldest.nbytes
