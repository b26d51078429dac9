"""The text of a response, streamed to the current task while it is generated."""

from collections.abc import Collection, Sequence

from seqsal.models.device_queue import DeviceQueue
from seqsal.models.pieces import Continuation, Decode
from seqsal.models.progress import tasks
from seqsal.models.thinking import ThinkingMarks


class ResponseStream:
    """Reports the text of a response to the current task, in whole characters."""

    def __init__(
        self,
        decode: Decode,
        prompts: Sequence[Sequence[int]],
        end_ids: Collection[int],
        queue: DeviceQueue | None = None,
        opened: ThinkingMarks | None = None,
    ) -> None:
        """Reports that the forward pass over the prompts begins.

        Args:
            decode: token ids to text.
            prompts: the ids of each prompt. The text of several responses is not reported.
            end_ids: tokens that end a response.
            queue: the lock that is held; a prefetch gives way after each token.
            opened: the marks of the block of thinking that the response begins in.
        """
        self._task, self._end_ids, self._queue = tasks.current_task(), end_ids, queue
        is_reported = self._task.reports_progress and len(prompts) == 1
        self._text = Continuation(decode, prompts[0]) if is_reported else None
        self._begins_in = {} if opened is None else {"opened": opened.open}
        self._task.report("progress", stage="forward")

    def add(self, tokens: Sequence[int]) -> None:
        """Adds the next token of each response.

        Raises:
            CancelledError: the task was cancelled.
        """
        if self._queue is not None:
            self._queue.give_way()
        self._task.raise_if_cancelled()
        if self._text is None or len(tokens) != 1 or tokens[0] in self._end_ids:
            return
        if text := "".join(self._text.add(tokens[0])):
            self._task.report("progress", stage="writing", text=text, **self._begins_in)
