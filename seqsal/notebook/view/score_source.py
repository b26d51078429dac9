"""Where a view gets answers, tokens and scores from: a model, or a saved result."""

import abc
import dataclasses
from collections.abc import Iterator, Sequence
from typing import Final

from seqsal.attribution.contrast import Contrast as ObjectiveContrast
from seqsal.attribution.explainer import Alternative, Explainer
from seqsal.attribution.method import MethodInfo, Scores
from seqsal.attribution.selection import Ranges, TokenSelection
from seqsal.models.causal_lm import Encoding, Generation
from seqsal.notebook.view.ranges import without_special
from seqsal.notebook.view.salience_cache import SalienceCache, Text
from seqsal.results.result import Result
from seqsal.results.scores import Contrast, Salience

_NO_MODEL: Final = (
    "This is a saved result, without a model. Call seqsal.view with a model to check a map or to"
    " compare with another text."
)


@dataclasses.dataclass(frozen=True)
class Versus:
    """What a selection is explained against, as the page sends it.

    Attributes:
        text: the other text.
        token: the id of the token, if one token takes the place of one selected token.
    """

    text: str
    token: int | None = None


class ScoreSource(abc.ABC):
    """Answers, tokens, scores and log-probabilities of texts.

    Attributes:
        methods: the names of the salience methods.
        method_descriptions: the descriptions of the methods; empty if all are built in.
        demonstration: whether the model is one of the small ones that ship with seqsal.
        can_check: whether there is a model for removals, contrasts and alternatives.
        chat_template: which prompts are rendered in a chat template: all, messages, or none.
        thinking_marks: the texts that open and close the thinking of the model.
    """

    methods: tuple[str, ...]
    method_descriptions: tuple[MethodInfo, ...] = ()
    demonstration: bool
    can_check: bool
    chat_template: str = "none"
    thinking_marks: tuple[tuple[str, str], ...] = ()

    @abc.abstractmethod
    def answers(self, prompt: str, stop: Sequence[str] | None = None) -> list[Generation]:
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
        segments: Ranges = (),
        *,
        through: bool = False,
    ) -> list[Scores]:
        """Returns for each selection the scores of all tokens, by method.

        Args:
            prompt: the text that the model reads.
            target: the text after it.
            selections: ranges of tokens.
            methods: the methods that are needed; None for those that need only a backward pass.
            segments: what methods for segments score.
            through: whether what falls on the thinking before a selection is passed on.

        Raises:
            ValueError: the sequence does not fit, a selection contains nothing to explain, or there
                is no thinking to pass scores on.
        """

    def contrast(
        self,
        prompt: str,
        target: str,
        selection: Ranges,
        versus: Versus,
        methods: Sequence[str],
        segments: Ranges = (),
        *,
        through: bool = False,
    ) -> tuple[Scores, tuple[float, float]]:
        """Returns the scores of a contrast, and the log-probabilities of its two sides.

        Raises:
            ValueError: there is no model, the contrast is wrong, or as in `scores`.
        """
        raise ValueError(_NO_MODEL)

    def removal_effects(
        self,
        prompt: str,
        target: str,
        selection: Ranges,
        removals: Sequence[Ranges],
        segments: Ranges,
        versus: Versus | None = None,
        *,
        through: bool = False,
    ) -> Iterator[float]:
        """Yields what the selection loses without some tokens, in nats, and caches it.

        Args:
            prompt: the text that the model reads.
            target: the text after it.
            selection: the explained tokens.
            removals: the tokens to remove, in the order of the results.
            segments: all segments of the check that the removals belong to.
            versus: what the selection is explained against.
            through: whether the map that is checked passes on what falls on the thinking; the
                effects are cached with that map.

        Raises:
            ValueError: there is no model, or a removal is wrong.
        """
        raise ValueError(_NO_MODEL)

    def alternatives(self, prompt: str, target: str, position: int) -> list[Alternative]:
        """Returns the likeliest tokens at a position, the likeliest first.

        Raises:
            ValueError: there is no model, or the position is wrong.
        """
        raise ValueError(_NO_MODEL)

    @abc.abstractmethod
    def cached_salience(self, prompt: str, target: str) -> list[Salience]:
        """Returns what is known of a text: scores, contrasts and checks, the newest first."""

    @abc.abstractmethod
    def cached_logprobs(self, prompt: str, target: str) -> tuple[float | None, ...]:
        """Returns the log-probabilities of a text if they are known, else an empty tuple."""

    @abc.abstractmethod
    def forget(self, prompt: str, target: str) -> None:
        """Releases the forward pass of a text; its scores stay cached."""


class ModelScores(ScoreSource):
    """Computes scores with a model, and caches those of the newest text."""

    can_check = True

    def __init__(self, explainer: Explainer) -> None:
        self._explainer = explainer
        self.method_descriptions = explainer.methods
        self.methods = tuple(info.name for info in self.method_descriptions)
        self.demonstration = explainer.demonstration
        self.chat_template = explainer.chat_template
        self.thinking_marks = tuple((mark.open, mark.close) for mark in explainer.thinking_marks)
        self._cache = SalienceCache()

    def answers(self, prompt: str, stop: Sequence[str] | None = None) -> list[Generation]:
        """Returns the model's answers, the most likely first."""
        return self._explainer.answers(prompt, stop)

    def sequence(self, prompt: str, target: str) -> Encoding:
        """Returns the tokens of prompt + target."""
        return self._explainer.sequence(prompt, target)

    def logprobs(self, prompt: str, target: str) -> list[float | None]:
        """Returns the log-probabilities of the target's tokens, and caches them."""
        encoding = self.sequence(prompt, target)
        logprobs = self._explainer.logprobs(encoding, len(encoding.text_before(target)))
        self._cache.add_logprobs((prompt, target), tuple(logprobs))
        return logprobs

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
        """Returns the scores of selections; computes those that are not cached."""
        text, encoding = (prompt, target), self.sequence(prompt, target)
        names, divided = self._names(methods), self._divided(methods, segments)
        requested = [without_special(encoding, selection) for selection in selections]
        known = {each: self._cache.find(text, each, through=through) for each in requested}
        missing = [each for each in known if not _has(known[each], names, divided)]
        tokens = [TokenSelection.from_ranges(selection) for selection in missing]
        computed = self._explainer.scores(
            encoding, tokens, names, segments=segments, through_thinking=through
        )
        for selection, row in zip(missing, computed, strict=True):
            known[selection] = self._cache.add_scores(
                text, selection, row, segments=divided, through=through
            )
        return [dict(known[selection].scores) for selection in requested]

    def contrast(
        self,
        prompt: str,
        target: str,
        selection: Ranges,
        versus: Versus,
        methods: Sequence[str],
        segments: Ranges = (),
        *,
        through: bool = False,
    ) -> tuple[Scores, tuple[float, float]]:
        """Returns the scores of a contrast and the log-probabilities of its two sides."""
        text, encoding = (prompt, target), self.sequence(prompt, target)
        names, divided = self._names(methods), self._divided(methods, segments)
        selection = without_special(encoding, selection)
        found = self._cache.find(text, selection, versus.text, through=through)
        if found.contrast is None or not _has(found, names, divided):
            tokens = TokenSelection.from_ranges(selection)
            other = self._contrast(text, encoding, tokens, versus)
            (row,) = self._explainer.scores(
                encoding,
                [tokens],
                names,
                segments=segments,
                versus=other,
                through_thinking=through,
            )
            sides = self._explainer.contrast_logprobs(encoding, tokens, other)
            contrast = Contrast(versus.text, sides)
            found = self._cache.add_scores(
                text, selection, row, segments=divided, contrast=contrast, through=through
            )
        assert found.contrast is not None
        return dict(found.scores), found.contrast.logprobs

    def removal_effects(
        self,
        prompt: str,
        target: str,
        selection: Ranges,
        removals: Sequence[Ranges],
        segments: Ranges,
        versus: Versus | None = None,
        *,
        through: bool = False,
    ) -> Iterator[float]:
        """Yields what the selection loses without some tokens, in nats, and caches it."""
        text, encoding = (prompt, target), self.sequence(prompt, target)
        selection = without_special(encoding, selection)
        tokens = TokenSelection.from_ranges(selection)
        other = None if versus is None else self._contrast(text, encoding, tokens, versus)
        effects = self._explainer.removal_effects(encoding, tokens, removals, other)
        name = None if versus is None else versus.text
        for removed, effect in zip(removals, effects, strict=True):
            salience = self._cache.find(text, selection, name, through=through)
            if name is not None and other is not None and salience.contrast is None:
                sides = self._explainer.contrast_logprobs(encoding, tokens, other)
                salience = dataclasses.replace(salience, contrast=Contrast(name, sides))
            self._cache.add_effect(text, salience, segments, removed, effect)
            yield effect

    def alternatives(self, prompt: str, target: str, position: int) -> list[Alternative]:
        """Returns the likeliest tokens at a position, the likeliest first."""
        return self._explainer.alternatives(self.sequence(prompt, target), position)

    def cached_salience(self, prompt: str, target: str) -> list[Salience]:
        """Returns what is cached of a text, the newest first."""
        return self._cache.entries((prompt, target))

    def cached_logprobs(self, prompt: str, target: str) -> tuple[float | None, ...]:
        """Returns the cached log-probabilities of a text."""
        return self._cache.logprobs((prompt, target))

    def forget(self, prompt: str, target: str) -> None:
        """Releases the forward pass of a text."""
        self._explainer.forget(self.sequence(prompt, target))

    def _names(self, methods: Sequence[str] | None) -> list[str]:
        return [method.info.name for method in self._explainer.find_methods(methods)]

    def _divided(self, methods: Sequence[str] | None, segments: Ranges) -> dict[str, Ranges]:
        """Returns the segments by method, for methods that score segments."""
        found = (method.info for method in self._explainer.find_methods(methods))
        return {info.name: segments for info in found if info.scores == "segments"}

    def _contrast(
        self, text: Text, encoding: Encoding, selection: TokenSelection, versus: Versus
    ) -> ObjectiveContrast:
        if versus.token is not None:
            return self._explainer.token_contrast(encoding, selection, versus.token)
        return self._explainer.text_contrast(*text, selection, versus.text)


def _has(salience: Salience, names: Sequence[str], segments: dict[str, Ranges]) -> bool:
    """Returns whether there are scores by all methods, and of the same segments."""
    same = all(salience.segments.get(name) == segments[name] for name in segments)
    return same and set(names) <= salience.scores.keys()


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
