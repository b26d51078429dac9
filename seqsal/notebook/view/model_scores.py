"""Answers, tokens and scores from a model."""

import dataclasses
from collections.abc import Iterator, Sequence

from seqsal.attribution.alternatives import Alternative
from seqsal.attribution.contrast import Contrast as ObjectiveContrast
from seqsal.attribution.explainer import Explainer
from seqsal.attribution.method import Scores
from seqsal.attribution.selection import Ranges, TokenSelection
from seqsal.models.causal_lm import Encoding, Generation
from seqsal.notebook.view.ranges import without_special
from seqsal.notebook.view.salience_cache import SalienceCache, Text
from seqsal.notebook.view.score_source import ScoreSource, Versus
from seqsal.results.result import Result
from seqsal.results.scores import Contrast, Salience


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
    ) -> tuple[Scores, Contrast]:
        """Returns the scores of a contrast, and what the selection is explained against."""
        text, encoding = (prompt, target), self.sequence(prompt, target)
        names, divided = self._names(methods), self._divided(methods, segments)
        selection = without_special(encoding, selection)
        found = self._cache.find(text, selection, versus, through=through)
        if found.contrast is None or not _has(found, names, divided):
            tokens = TokenSelection.from_ranges(selection)
            other = self._contrast(text, encoding, tokens, versus)
            (row,) = self._explainer.scores(
                encoding,
                [tokens],
                names,
                segments=other.shared_segments(encoding.ids, segments),
                versus=other,
                through_thinking=through,
            )
            contrast = self._with_logprobs(encoding, tokens, versus, other)
            found = self._cache.add_scores(
                text, selection, row, segments=divided, contrast=contrast, through=through
            )
        assert found.contrast is not None
        return dict(found.scores), found.contrast

    def totals(
        self,
        prompt: str,
        target: str,
        selection: Ranges,
        methods: Sequence[str],
        *,
        through: bool = False,
    ) -> dict[str, float]:
        """Returns what the scores of all tokens should add up to, by method, and caches it."""
        encoding = self.sequence(prompt, target)
        selection = without_special(encoding, selection)
        tokens = TokenSelection.from_ranges(selection)
        totals = self._explainer.totals(encoding, tokens, methods)
        self._cache.add_totals((prompt, target), selection, totals, through=through)
        return totals

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
        for removed, effect in zip(removals, effects, strict=True):
            salience = self._cache.find(text, selection, versus, through=through)
            if versus is not None and other is not None and salience.contrast is None:
                contrast = self._with_logprobs(encoding, tokens, versus, other)
                salience = dataclasses.replace(salience, contrast=contrast)
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

    def attach_model(self, result: Result) -> None:
        """Lets a result measure removals with the model."""
        result._attach(self._explainer, self.sequence(result.prompt, result.target), None)

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

    def _with_logprobs(
        self,
        encoding: Encoding,
        selection: TokenSelection,
        versus: Versus,
        other: ObjectiveContrast,
    ) -> Contrast:
        """Returns what a selection is explained against, with the log-probabilities of both."""
        sides = self._explainer.contrast_logprobs(encoding, selection, other)
        return Contrast(versus.text, sides, versus.token, other.shared_with(encoding.ids))


def _has(salience: Salience, names: Sequence[str], segments: dict[str, Ranges]) -> bool:
    """Returns whether there are scores by all methods, and of the same segments."""
    same = all(salience.segments.get(name) == segments[name] for name in segments)
    return same and set(names) <= salience.scores.keys()
