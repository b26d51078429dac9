"""An answer while it is written, told to whoever waits for it."""

from collections.abc import Collection, Sequence

from seqsal.models.pieces import Continuation, Decode
from seqsal.models.progress import tasks


class Writing:
    """Tells the current task the text of an answer, as far as its characters are whole."""

    def __init__(
        self, decode: Decode, prompts: Sequence[Sequence[int]], end_ids: Collection[int]
    ) -> None:
        """Tells that the prompts are read now.

        Args:
            decode: token ids to text.
            prompts: the ids of each prompt. Of the answers to several nothing is told.
            end_ids: tokens that end an answer.
        """
        self._task, self._end_ids = tasks.current(), end_ids
        told = self._task.watched and len(prompts) == 1
        self._text = Continuation(decode, prompts[0]) if told else None
        self._task.tell("progress", stage="forward")

    def add(self, tokens: Sequence[int]) -> None:
        """Takes the next token of each answer.

        Raises:
            CancelledError: nobody waits for them any more.
        """
        self._task.check()
        if self._text is None or len(tokens) != 1 or tokens[0] in self._end_ids:
            return
        if text := "".join(self._text.add(tokens[0])):
            self._task.tell("progress", stage="writing", text=text)
