"""What outlives the process of a model's answers and scores, as whoever needs it sees it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, Protocol, runtime_checkable

from seqsal.attribution.gradient_cache import Selection
from seqsal.models.arrays import NumpyArray
from seqsal.models.causal_lm import Generation


@runtime_checkable
class Keeping(Protocol):
    """Keeps what one model has said, as `seqsal.store` does; it never raises."""

    def answers(self, prompts: Iterable[str]) -> dict[str, list[Generation]]:
        """Returns the answers that are kept, by prompt."""

    def add_answers(self, added: Mapping[str, Sequence[Generation]]) -> None:
        """Keeps answers, by prompt."""

    def scores(
        self, ids: Sequence[int], selections: Iterable[Collection[int]]
    ) -> dict[Selection, dict[str, NumpyArray]]:
        """Returns the scores that are kept of selections on a sequence, by method."""

    def add_scores(
        self, ids: Sequence[int], added: Mapping[Selection, Mapping[str, NumpyArray]]
    ) -> None:
        """Keeps scores of selections on a sequence."""

    def logprobs(self, ids: Sequence[int], positions: Sequence[int]) -> NumpyArray | None:
        """Returns the log-probabilities that are kept of tokens of a sequence, or None."""

    def add_logprobs(self, ids: Sequence[int], positions: Sequence[int], added: NumpyArray) -> None:
        """Keeps the log-probabilities of tokens of a sequence."""


class _Forgetting:
    """Keeps nothing."""

    def answers(self, prompts: Iterable[str]) -> dict[str, list[Generation]]:
        return {}

    def add_answers(self, added: Mapping[str, Sequence[Generation]]) -> None:
        pass

    def scores(
        self, ids: Sequence[int], selections: Iterable[Collection[int]]
    ) -> dict[Selection, dict[str, NumpyArray]]:
        return {}

    def add_scores(
        self, ids: Sequence[int], added: Mapping[Selection, Mapping[str, NumpyArray]]
    ) -> None:
        pass

    def logprobs(self, ids: Sequence[int], positions: Sequence[int]) -> NumpyArray | None:
        return None

    def add_logprobs(self, ids: Sequence[int], positions: Sequence[int], added: NumpyArray) -> None:
        pass


FORGETTING: Final = _Forgetting()
"""For a model of which nothing is to be kept."""
