"""Traces of sequences that begin alike share the forward pass over what they begin with."""

import contextlib
import threading
from collections.abc import Iterator, Sequence

from seqsal.models.limits import DoesNotFitError
from seqsal.models.progress import tasks
from seqsal.models.pytorch import is_out_of_memory
from seqsal.models.transformers import batch_trace
from seqsal.models.transformers._accelerate import malloc_tuning
from seqsal.models.transformers.batch_trace import HFBatchTrace
from seqsal.models.transformers.graph import SharedPrefix
from seqsal.models.transformers.memory import Memory
from seqsal.models.transformers.network import Network
from seqsal.models.transformers.prefix import shared_prefix


class PrefixSharing:
    """The prefix that the traces of each thread share.

    Those of other threads do not share it: they may be kept for longer than it.
    """

    def __init__(self, network: Network, memory: Memory) -> None:
        """Shares nothing yet.

        Args:
            network: the model.
            memory: what a graph may take.
        """
        self._network, self._memory = network, memory
        self._of_thread = threading.local()

    @property
    def prefix(self) -> SharedPrefix | None:
        """What the traces of this thread share."""
        return getattr(self._of_thread, "prefix", None)

    @prefix.setter
    def prefix(self, prefix: SharedPrefix | None) -> None:
        self._of_thread.prefix = prefix

    def prefix_of(self, ids: Sequence[int]) -> SharedPrefix | None:
        """Returns the shared prefix if a sequence begins with it and goes on, or None."""
        shared = self.prefix
        if shared is None or len(ids) <= len(shared.ids):
            return None
        return shared if tuple(ids[: len(shared.ids)]) == shared.ids else None

    @contextlib.contextmanager
    def over(self, sequences: Sequence[Sequence[int]]) -> Iterator[None]:
        """Makes the traces of this thread share what some sequences begin with.

        Args:
            sequences: token ids; a trace may have more tokens after them.
        """
        with self._network.queue:
            self.prefix = self._compute(sequences)
        try:
            yield
        finally:
            self.prefix = None
            malloc_tuning.return_free_memory()

    def batches(
        self, sequences: Sequence[Sequence[int]]
    ) -> Iterator[tuple[list[int], HFBatchTrace]]:
        """Yields forward passes over several sequences at a time, with the numbers of these.

        Only sequences that begin with the shared prefix are in one, of more than one sequence, as
        far as memory allows.

        Raises:
            CancelledError: the current task was cancelled.
        """
        prefix = self.prefix
        if prefix is None:
            return
        for group in batch_trace.groups(prefix, sequences, self._memory):
            tasks.current_task().raise_if_cancelled()
            chosen = [sequences[number] for number in group]
            if len(group) > 1 and not self._recomputes(chosen):
                yield group, HFBatchTrace(self._network, prefix, chosen, self._memory)

    def _compute(self, sequences: Sequence[Sequence[int]]) -> SharedPrefix | None:
        if len(sequences) < 2:
            return None
        try:
            return None if self._recomputes(sequences) else shared_prefix(self._network, sequences)
        except (RuntimeError, DoesNotFitError) as error:
            if not isinstance(error, DoesNotFitError) and not is_out_of_memory(error):
                raise
            return None

    def _recomputes(self, sequences: Sequence[Sequence[int]]) -> bool:
        """Returns whether layers of the longest sequence are recomputed in a backward pass."""
        return self._memory.attempts(max(map(len, sequences)))[0]
