"""What a view asks a model, and the scores that it keeps to be saved."""

import threading
from collections.abc import Sequence
from typing import Final

from seqsal.attribution import salience
from seqsal.attribution.engine import Scores
from seqsal.attribution.explainer import Explainer
from seqsal.models.causal_lm import Encoding, Generation
from seqsal.notebook.view.place import Ranges, mask_of, without_special
from seqsal.results.result import Result

_MOST_NUMBERS: Final = 100_000
"""Scores that are kept of one text, about 1 MB in a saved notebook."""


class ViewTexts:
    """Explains texts by one model; the scores of the newest text are kept.

    Attributes:
        demonstration: whether the model is one of the small ones that ship with seqsal.
    """

    demonstration = False

    def __init__(self, explainer: Explainer) -> None:
        self._explainer = explainer
        self.demonstration = explainer.demonstration
        self._lock = threading.Lock()
        self._text: tuple[str, str] | None = None
        self._kept: dict[Ranges, Scores] = {}
        self._logprobs: tuple[float | None, ...] = ()

    @property
    def methods(self) -> tuple[str, ...]:
        """The names of the salience methods."""
        return tuple(salience.METHODS)

    def answers(self, prompt: str) -> list[Generation]:
        """Returns the model's answers to a prompt, the likeliest first.

        Raises:
            ValueError: the prompt leaves no room for an answer.
        """
        return self._explainer.answers(prompt)

    def sequence(self, prompt: str, target: str) -> Encoding:
        """Returns the tokens of a prompt and what follows it.

        Raises:
            ValueError: they do not fit into the context.
        """
        return self._explainer.sequence(prompt, target)

    def logprobs(self, prompt: str, target: str) -> list[float | None]:
        """Returns the log-probability of each token of the target, None for the others.

        Raises:
            ValueError: the sequence does not fit.
        """
        logprobs = self._explainer.logprobs(prompt, target)
        with self._lock:
            self._turn_to(prompt, target)
            self._logprobs = tuple(logprobs)
        return logprobs

    def scores(self, prompt: str, target: str, selections: Sequence[Ranges]) -> list[Scores]:
        """Returns the scores of each token, by method, for each of several selections.

        Args:
            prompt: what the model reads.
            target: what follows it.
            selections: ranges of tokens.

        Raises:
            ValueError: the sequence does not fit, or a selection holds nothing to explain.
        """
        encoding, kept = self.sequence(prompt, target), dict(self.kept(prompt, target))
        wanted = [without_special(encoding, selection) for selection in selections]
        missing = [selection for selection in wanted if selection not in kept]
        masks = [mask_of(encoding, selection) for selection in missing]
        fresh = dict(zip(missing, self._explainer.scores(prompt, target, masks), strict=True))
        self._keep(prompt, target, fresh)
        return [(kept | fresh)[selection] for selection in wanted]

    def kept(self, prompt: str, target: str) -> list[tuple[Ranges, Scores]]:
        """Returns what is kept of a text, the newest first."""
        with self._lock:
            return [*reversed(self._kept.items())] if self._text == (prompt, target) else []

    def kept_logprobs(self, prompt: str, target: str) -> tuple[float | None, ...]:
        """Returns the log-probabilities of a text where they have been asked for, else nothing."""
        with self._lock:
            return self._logprobs if self._text == (prompt, target) else ()

    def forget(self, prompt: str, target: str) -> None:
        """Lets go of the forward pass of a text; its scores stay."""
        self._explainer.forget(prompt, target)

    def _keep(self, prompt: str, target: str, fresh: dict[Ranges, Scores]) -> None:
        with self._lock:
            self._turn_to(prompt, target)
            self._kept |= fresh
            size = sum(len(v) for scores in self._kept.values() for v in scores.values())
            while size > _MOST_NUMBERS and len(self._kept) > 1:
                oldest = self._kept.pop(next(iter(self._kept)))
                size -= sum(map(len, oldest.values()))

    def _turn_to(self, prompt: str, target: str) -> None:
        if self._text != (prompt, target):
            self._text, self._kept, self._logprobs = (prompt, target), {}, ()


class SavedTexts(ViewTexts):
    """Knows one text, as it has been saved, and no model."""

    def __init__(self, result: Result) -> None:
        """Takes what is known of the text."""
        self._result = result

    @property
    def methods(self) -> tuple[str, ...]:
        """The names of the methods whose scores are saved."""
        return self._result.methods

    def answers(self, prompt: str) -> list[Generation]:
        """Returns the saved answer to the saved prompt."""
        self._check(prompt, self._result.target)
        return [Generation(Encoding((0,), (self._result.target,), (False,)), 0.0)]

    def sequence(self, prompt: str, target: str) -> Encoding:
        """Returns the saved tokens; where their ids are not known, each is 0."""
        self._check(prompt, target)
        ids = self._result.token_ids or (0,) * len(self._result.tokens)
        return Encoding(ids, self._result.tokens, self._result.special)

    def logprobs(self, prompt: str, target: str) -> list[float | None]:
        """Returns the saved log-probabilities."""
        self._check(prompt, target)
        if not self._result.logprobs:
            raise ValueError("This is a saved result, which does not hold how sure the model was.")
        return list(self._result.logprobs)

    def scores(self, prompt: str, target: str, selections: Sequence[Ranges]) -> list[Scores]:
        """Returns the saved scores of some selections."""
        known = dict(self.kept(prompt, target))
        encoding = self.sequence(prompt, target)
        wanted = [without_special(encoding, selection) for selection in selections]
        if not all(selection in known for selection in wanted):
            raise ValueError(
                "This is a saved result, without a model. It holds the scores of"
                f" {len(known)} selections, and this is not among them."
            )
        return [known[selection] for selection in wanted]

    def kept(self, prompt: str, target: str) -> list[tuple[Ranges, Scores]]:
        """Returns all that is saved."""
        encoding = self.sequence(prompt, target)
        return [
            (without_special(encoding, each.selection), dict(each.scores))
            for each in self._result.salience
        ]

    def kept_logprobs(self, prompt: str, target: str) -> tuple[float | None, ...]:
        """Returns the saved log-probabilities, or nothing."""
        del prompt, target
        return self._result.logprobs

    def forget(self, prompt: str, target: str) -> None:
        """Does nothing: there is no model."""

    def _check(self, prompt: str, target: str) -> None:
        if (prompt, target) != (self._result.prompt, self._result.target):
            raise ValueError(
                "This is a saved result, without a model: it knows its own prompt and target only."
                " Call seqsal.view with a model for others."
            )
