"""The answer, tokens and scores of a saved result."""

import dataclasses
from collections.abc import Sequence

from seqsal.attribution.method import Scores
from seqsal.attribution.selection import Ranges
from seqsal.models.causal_lm import Encoding, Generation
from seqsal.notebook.view.ranges import without_special
from seqsal.notebook.view.score_source import ScoreSource
from seqsal.results.result import Result
from seqsal.results.scores import Salience


class SavedScores(ScoreSource):
    """Looks up scores in a saved result, without a model."""

    demonstration = can_check = False

    def __init__(self, result: Result) -> None:
        """Takes the result of one text."""
        self._result = result
        self.methods = result.methods
        self.method_descriptions = result.method_descriptions

    def answers(self, prompt: str, stop: Sequence[str] | None = None) -> list[Generation]:
        """Returns the saved answer to the saved prompt."""
        self._check(prompt, self._result.target)
        return [Generation(Encoding((0,), (self._result.target,), (False,)), 0.0)]

    def sequence(self, prompt: str, target: str) -> Encoding:
        """Returns the saved tokens; unknown ids are 0."""
        self._check(prompt, target)
        ids = self._result.token_ids or (0,) * len(self._result.tokens)
        saved = self._result
        return Encoding(
            ids, saved.tokens, saved.special, saved.messages, saved.thinking, saved.omitted
        )

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
        segments: Ranges = (),
        *,
        through: bool = False,
    ) -> list[Scores]:
        """Returns the saved scores of selections, by all methods that are saved."""
        del methods, segments
        saved = {
            each.selection: dict(each.scores)
            for each in self.cached_salience(prompt, target)
            if each.contrast is None and each.through_thinking == through
        }
        encoding = self.sequence(prompt, target)
        requested = [without_special(encoding, selection) for selection in selections]
        if not all(selection in saved for selection in requested):
            raise ValueError(
                f"This is a saved result, without a model. It contains the scores of {len(saved)}"
                " selections, but not of this one."
            )
        return [saved[selection] for selection in requested]

    def cached_salience(self, prompt: str, target: str) -> list[Salience]:
        """Returns all saved selections."""
        encoding = self.sequence(prompt, target)
        return [
            dataclasses.replace(each, selection=without_special(encoding, each.selection))
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
