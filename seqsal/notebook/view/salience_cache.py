"""The salience of the text that a view shows, by selection and contrast."""

import dataclasses
import threading
from collections.abc import Mapping
from typing import Final

from seqsal.attribution.method import Scores
from seqsal.attribution.selection import Ranges
from seqsal.notebook.view.score_source import Versus
from seqsal.results.scores import Check, Contrast, Removal, Salience

Text = tuple[str, str]
"""A prompt and its target."""

_MAX_NUMBERS: Final = 100_000
"""Scores of one text that are cached, about 1 MB in a saved notebook."""


class SalienceCache:
    """Caches scores, contrasts and checks of the newest text; any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._text: Text | None = None
        self._entries: dict[tuple[Ranges, Versus | None, bool], Salience] = {}
        self._logprobs: tuple[float | None, ...] = ()

    def entries(self, text: Text) -> list[Salience]:
        """Returns what is cached of a text, the newest first."""
        with self._lock:
            return [*reversed(self._entries.values())] if self._text == text else []

    def find(
        self, text: Text, selection: Ranges, versus: Versus | None = None, *, through: bool = False
    ) -> Salience:
        """Returns what is cached of a selection; empty salience if nothing is.

        Args:
            text: the prompt and its target.
            selection: the explained tokens.
            versus: what they are explained against; None if they are explained alone.
            through: whether what fell on the thinking is passed on.
        """
        empty = Salience(selection, {}, through_thinking=through)
        key = selection, versus, through
        with self._lock:
            return self._entries.get(key, empty) if self._text == text else empty

    def logprobs(self, text: Text) -> tuple[float | None, ...]:
        """Returns the cached log-probabilities of a text; empty if there are none."""
        with self._lock:
            return self._logprobs if self._text == text else ()

    def add_logprobs(self, text: Text, logprobs: tuple[float | None, ...]) -> None:
        """Caches the log-probabilities of a text."""
        with self._lock:
            self._start(text)
            self._logprobs = logprobs

    def add_scores(
        self,
        text: Text,
        selection: Ranges,
        scores: Scores,
        *,
        segments: dict[str, Ranges],
        contrast: Contrast | None = None,
        through: bool = False,
    ) -> Salience:
        """Merges scores with those of other methods, and returns all of the selection.

        Args:
            text: the prompt and its target.
            selection: the explained tokens.
            scores: by method, one score for each token.
            segments: by method, what was scored, for methods that score segments.
            contrast: what the selection is explained against.
            through: whether what fell on the thinking is passed on.
        """
        before = self.find(text, selection, _versus_of(contrast), through=through)
        return self._put(
            text,
            dataclasses.replace(
                before,
                scores={**before.scores, **scores},
                segments={**before.segments, **segments},
                contrast=contrast,
            ),
        )

    def add_totals(
        self, text: Text, selection: Ranges, totals: Mapping[str, float], *, through: bool
    ) -> None:
        """Merges what the scores of a selection should add up to with that of other methods."""
        before = self.find(text, selection, through=through)
        self._put(text, dataclasses.replace(before, totals={**before.totals, **totals}))

    def add_effect(
        self, text: Text, salience: Salience, segments: Ranges, removed: Ranges, effect: float
    ) -> Salience:
        """Adds the effect of a removal to the check of some segments of a selection."""
        others = [check for check in salience.checks if check.segments != segments]
        known = [check for check in salience.checks if check.segments == segments]
        check = known[0] if known else Check(segments, (None,) * len(segments))
        checks = (*others, _with_effect(check, removed, effect))
        return self._put(text, dataclasses.replace(salience, checks=checks))

    def _put(self, text: Text, salience: Salience) -> Salience:
        key = salience.selection, _versus_of(salience.contrast), salience.through_thinking
        with self._lock:
            self._start(text)
            self._entries.pop(key, None)
            self._entries[key] = salience
            size = sum(map(_size, self._entries.values()))
            while size > _MAX_NUMBERS and len(self._entries) > 1:
                size -= _size(self._entries.pop(next(iter(self._entries))))
        return salience

    def _start(self, text: Text) -> None:
        """Empties the cache if the text is another one."""
        if self._text != text:
            self._text, self._entries, self._logprobs = text, {}, ()


def _versus_of(contrast: Contrast | None) -> Versus | None:
    """Returns what a contrast is against: several tokens may have the same text."""
    return None if contrast is None else Versus(contrast.text, contrast.token)


def _size(salience: Salience) -> int:
    return sum(map(len, salience.scores.values()))


def _with_effect(check: Check, removed: Ranges, effect: float) -> Check:
    if len(removed) == 1 and removed[0] in check.segments:
        at = check.segments.index(removed[0])
        return dataclasses.replace(
            check, effects=(*check.effects[:at], effect, *check.effects[at + 1 :])
        )
    others = [each for each in check.together if each.removed != removed]
    return dataclasses.replace(check, together=(*others, Removal(removed, effect)))
