"""What a model's results are cached in beyond the process, as the engine and texts see it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol, runtime_checkable

from seqsal.attribution.method import MethodInfo
from seqsal.models.arrays import NumpyArray
from seqsal.models.causal_lm import Generation
from seqsal.models.objective import Objective

ScoreKey = tuple[Objective, MethodInfo]
"""What scores on a sequence are of: an objective and a method."""


@runtime_checkable
class ResultCache(Protocol):
    """Caches the results of one model, as `seqsal.store` does; it never raises."""

    def answers(self, prompts: Iterable[str], stop: tuple[str, ...]) -> dict[str, list[Generation]]:
        """Returns the cached answers with some stop texts, by prompt."""

    def add_answers(self, added: Mapping[str, Sequence[Generation]], stop: tuple[str, ...]) -> None:
        """Caches answers with some stop texts, by prompt."""

    def scores(self, ids: Sequence[int], keys: Iterable[ScoreKey]) -> dict[ScoreKey, NumpyArray]:
        """Returns the cached scores [tokens] of objectives on a sequence, by method."""

    def add_scores(self, ids: Sequence[int], added: Mapping[ScoreKey, NumpyArray]) -> None:
        """Caches scores of objectives on a sequence."""

    def logprobs(self, ids: Sequence[int], positions: Sequence[int]) -> NumpyArray | None:
        """Returns the cached log-probabilities of tokens of a sequence, or None."""

    def add_logprobs(self, ids: Sequence[int], positions: Sequence[int], added: NumpyArray) -> None:
        """Caches the log-probabilities of tokens of a sequence."""


class _NoCache:
    """Caches nothing."""

    def answers(self, prompts: Iterable[str], stop: tuple[str, ...]) -> dict[str, list[Generation]]:
        return {}

    def add_answers(self, added: Mapping[str, Sequence[Generation]], stop: tuple[str, ...]) -> None:
        pass

    def scores(self, ids: Sequence[int], keys: Iterable[ScoreKey]) -> dict[ScoreKey, NumpyArray]:
        return {}

    def add_scores(self, ids: Sequence[int], added: Mapping[ScoreKey, NumpyArray]) -> None:
        pass

    def logprobs(self, ids: Sequence[int], positions: Sequence[int]) -> NumpyArray | None:
        return None

    def add_logprobs(self, ids: Sequence[int], positions: Sequence[int], added: NumpyArray) -> None:
        pass


NO_CACHE: Final = _NoCache()
"""For a model whose results are not cached beyond the process."""
