"""Where a view gets answers, tokens and scores from: a model, or a saved result."""

import abc
import threading
from collections.abc import Sequence
from typing import Final

from seqsal.attribution.explainer import Explainer
from seqsal.attribution.method import MethodInfo, Scores
from seqsal.attribution.selection import Ranges, TokenSelection
from seqsal.models.causal_lm import Encoding, Generation
from seqsal.notebook.view.ranges import without_special
from seqsal.results.result import Result

_MAX_CACHED_NUMBERS: Final = 100_000
"""Scores of one text that are cached, about 1 MB in a saved notebook."""


class ScoreSource(abc.ABC):
    """Answers, tokens, scores and log-probabilities of texts.

    Attributes:
        methods: the names of the salience methods.
        method_descriptions: the descriptions of the methods; empty if all are built in.
        demonstration: whether the model is one of the small ones that ship with seqsal.
    """

    methods: tuple[str, ...]
    method_descriptions: tuple[MethodInfo, ...] = ()
    demonstration: bool

    @abc.abstractmethod
    def answers(self, prompt: str) -> list[Generation]:
        """Returns the model's answers to a prompt, the most likely first.

        Raises:
            ValueError: the prompt leaves no room for an answer.
        """

    @abc.abstractmethod
    def sequence(self, prompt: str, target: str) -> Encoding:
        """Returns the tokens of prompt + target.

        Raises:
            ValueError: they do not fit into the context.
        """

    @abc.abstractmethod
    def logprobs(self, prompt: str, target: str) -> list[float | None]:
        """Returns the log-probability of each token of the target, None for the others.

        Raises:
            ValueError: the sequence does not fit.
        """

    @abc.abstractmethod
    def scores(
        self,
        prompt: str,
        target: str,
        selections: Sequence[Ranges],
        methods: Sequence[str] | None = None,
    ) -> list[Scores]:
        """Returns for each selection the scores of all tokens, by method.

        Args:
            prompt: the text that the model reads.
            target: the text after it.
            selections: ranges of tokens.
            methods: the methods that are needed; None for the first and all that come from the
                same pass.

        Raises:
            ValueError: the sequence does not fit, or a selection contains nothing to explain.
        """

    @abc.abstractmethod
    def cached_scores(self, prompt: str, target: str) -> list[tuple[Ranges, Scores]]:
        """Returns the selections of a text with known scores, the newest first."""

    @abc.abstractmethod
    def cached_logprobs(self, prompt: str, target: str) -> tuple[float | None, ...]:
        """Returns the log-probabilities of a text if they are known, else an empty tuple."""

    @abc.abstractmethod
    def forget(self, prompt: str, target: str) -> None:
        """Releases the forward pass of a text; its scores stay cached."""


class ModelScores(ScoreSource):
    """Computes scores with a model, and caches those of the newest text."""

    def __init__(self, explainer: Explainer) -> None:
        self._explainer = explainer
        self.method_descriptions = explainer.methods
        self.methods = tuple(info.name for info in self.method_descriptions)
        self.demonstration = explainer.demonstration
        self._lock = threading.Lock()
        self._text: tuple[str, str] | None = None
        self._scores: dict[Ranges, Scores] = {}
        self._logprobs: tuple[float | None, ...] = ()

    def answers(self, prompt: str) -> list[Generation]:
        """Returns the model's answers, the most likely first."""
        return self._explainer.answers(prompt)

    def sequence(self, prompt: str, target: str) -> Encoding:
        """Returns the tokens of prompt + target."""
        return self._explainer.sequence(prompt, target)

    def logprobs(self, prompt: str, target: str) -> list[float | None]:
        """Returns the log-probabilities of the target's tokens, and caches them."""
        logprobs = self._explainer.logprobs(self.sequence(prompt, target), len(prompt))
        with self._lock:
            self._start_text(prompt, target)
            self._logprobs = tuple(logprobs)
        return logprobs

    def scores(
        self,
        prompt: str,
        target: str,
        selections: Sequence[Ranges],
        methods: Sequence[str] | None = None,
    ) -> list[Scores]:
        """Returns the scores of selections; computes those that are not cached."""
        encoding = self.sequence(prompt, target)
        scores = dict(self.cached_scores(prompt, target))
        names = self._explainer.method_names(methods)
        requested = [without_special(encoding, selection) for selection in selections]
        missing = [each for each in requested if not set(names) <= scores.get(each, {}).keys()]
        tokens = [TokenSelection.from_ranges(selection) for selection in missing]
        computed = self._explainer.scores(encoding, tokens, names)
        for selection, row in zip(missing, computed, strict=True):
            scores[selection] = scores.get(selection, {}) | row
        self._cache(prompt, target, {selection: scores[selection] for selection in missing})
        return [scores[selection] for selection in requested]

    def cached_scores(self, prompt: str, target: str) -> list[tuple[Ranges, Scores]]:
        """Returns the cached selections of a text, the newest first."""
        with self._lock:
            return [*reversed(self._scores.items())] if self._text == (prompt, target) else []

    def cached_logprobs(self, prompt: str, target: str) -> tuple[float | None, ...]:
        """Returns the cached log-probabilities of a text."""
        with self._lock:
            return self._logprobs if self._text == (prompt, target) else ()

    def forget(self, prompt: str, target: str) -> None:
        """Releases the forward pass of a text."""
        self._explainer.forget(self.sequence(prompt, target))

    def _cache(self, prompt: str, target: str, computed: dict[Ranges, Scores]) -> None:
        with self._lock:
            self._start_text(prompt, target)
            self._scores |= computed
            size = sum(len(v) for scores in self._scores.values() for v in scores.values())
            while size > _MAX_CACHED_NUMBERS and len(self._scores) > 1:
                oldest = self._scores.pop(next(iter(self._scores)))
                size -= sum(map(len, oldest.values()))

    def _start_text(self, prompt: str, target: str) -> None:
        """Empties the cache if the text is another one."""
        if self._text != (prompt, target):
            self._text, self._scores, self._logprobs = (prompt, target), {}, ()


class SavedScores(ScoreSource):
    """Looks up scores in a saved result, without a model."""

    demonstration = False

    def __init__(self, result: Result) -> None:
        """Takes the result of one text."""
        self._result = result
        self.methods = result.methods
        self.method_descriptions = result.method_descriptions

    def answers(self, prompt: str) -> list[Generation]:
        """Returns the saved answer to the saved prompt."""
        self._check(prompt, self._result.target)
        return [Generation(Encoding((0,), (self._result.target,), (False,)), 0.0)]

    def sequence(self, prompt: str, target: str) -> Encoding:
        """Returns the saved tokens; unknown ids are 0."""
        self._check(prompt, target)
        ids = self._result.token_ids or (0,) * len(self._result.tokens)
        return Encoding(ids, self._result.tokens, self._result.special)

    def logprobs(self, prompt: str, target: str) -> list[float | None]:
        """Returns the saved log-probabilities."""
        self._check(prompt, target)
        if not self._result.logprobs:
            raise ValueError("This saved result contains no log-probabilities.")
        return list(self._result.logprobs)

    def scores(
        self,
        prompt: str,
        target: str,
        selections: Sequence[Ranges],
        methods: Sequence[str] | None = None,
    ) -> list[Scores]:
        """Returns the saved scores of selections, by all methods that are saved."""
        del methods
        saved = dict(self.cached_scores(prompt, target))
        encoding = self.sequence(prompt, target)
        requested = [without_special(encoding, selection) for selection in selections]
        if not all(selection in saved for selection in requested):
            raise ValueError(
                f"This is a saved result, without a model. It contains the scores of {len(saved)}"
                " selections, but not of this one."
            )
        return [saved[selection] for selection in requested]

    def cached_scores(self, prompt: str, target: str) -> list[tuple[Ranges, Scores]]:
        """Returns all saved selections."""
        encoding = self.sequence(prompt, target)
        return [
            (without_special(encoding, each.selection), dict(each.scores))
            for each in self._result.salience
        ]

    def cached_logprobs(self, prompt: str, target: str) -> tuple[float | None, ...]:
        """Returns the saved log-probabilities, or an empty tuple."""
        del prompt, target
        return self._result.logprobs

    def forget(self, prompt: str, target: str) -> None:
        """Does nothing: there is no model."""

    def _check(self, prompt: str, target: str) -> None:
        if (prompt, target) != (self._result.prompt, self._result.target):
            raise ValueError(
                "This is a saved result, without a model: it contains only its own prompt and"
                " target. Call seqsal.view with a model to explain other texts."
            )
