"""A text with the scores of selections in it, which all exports read."""

import dataclasses
import functools
from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool

from seqsal.attribution.method import MethodInfo
from seqsal.models.arrays import NumpyArray
from seqsal.models.causal_lm import MessageSpan
from seqsal.results.methods import describe_method, has_sign
from seqsal.results.scores import Salience, ScoredSegment, Scores, score_segments
from seqsal.results.segmentation import Span, segment_tokens


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class ScoredText:
    """Tokens of a prompt and its target, and the scores of selections in them.

    Attributes:
        prompt: the text that the model read. If it is in message form (docs/messages.md), the
            model read the contents of its messages, in its chat template.
        target: the text after the prompt.
        tokens: exact pieces of `prompt_text` + target, and the names of special tokens.
        special: for each token, whether it is a special token, which has no text.
        token_ids: the vocabulary ids of the tokens; empty if they are unknown.
        salience: the selections with known scores. If `selected` is true, the first one is
            `selection`.
        methods: the names of the salience methods.
        method_descriptions: the descriptions of the methods, in the same order. If it is empty,
            `method_info` uses the built-in descriptions.
        logprobs: for each token of the target the natural logarithm of its probability given all
            tokens before it, None for all other tokens; empty if they are unknown.
        source: "response" if the model wrote the target, else "target".
        selected: whether there is a selection.
        view: display settings of the page: names and values of `view` in docs/saved-results.md.
        messages: the role and the tokens of each message and document, in order; empty for a plain
            prompt.
        thinking: the tokens [start, end) of each block of thinking in the target, in order.
        omitted: the characters [start, end) of the messages' joined contents that the chat template
            leaves out, and that `prompt_text` lacks: the thinking of earlier answers.
    """

    prompt: str
    target: str
    tokens: tuple[str, ...]
    special: tuple[bool, ...]
    token_ids: tuple[int, ...] = ()
    salience: tuple[Salience, ...] = ()
    methods: tuple[str, ...] = ()
    method_descriptions: tuple[MethodInfo, ...] = ()
    logprobs: tuple[float | None, ...] = ()
    source: str = "target"
    selected: bool = True
    view: Mapping[str, str] = dataclasses.field(default_factory=dict)
    messages: tuple[MessageSpan, ...] = ()
    thinking: tuple[Span, ...] = ()
    omitted: tuple[Span, ...] = ()

    @functools.cached_property
    def prompt_text(self) -> str:
        """The text before the target: the prompt, or the contents of its messages, joined."""
        text = self._text_of((0, len(self.tokens)))
        return text[: len(text) - len(self.target)]

    @property
    def selection(self) -> tuple[Span, ...]:
        """The explained tokens: ranges (start, end), ascending, with gaps between them."""
        return self.salience[0].selection if self.selected and self.salience else ()

    @property
    def scores(self) -> Scores:
        """By method, one score for each token; 0 from the last selected token on."""
        return self.salience[0].scores if self.selected and self.salience else {}

    @property
    def totals(self) -> Mapping[str, float]:
        """By method, what the scores of all tokens should add up to, in nats, where it is known.

        `method_info(name).remainder` says what the difference to `scores[name].sum()` is.
        """
        return self.salience[0].totals if self.selected and self.salience else {}

    @property
    def selected_text(self) -> str:
        """The explained text; a gap in the selection is "…"."""
        parts = (self._text_of(span) for span in self.selection)
        return "…".join(parts)

    def segments(
        self,
        granularity: str = "sentences",
        *,
        method: str | None = None,
        aggregation: str = "sum",
        match: str = "ends",
    ) -> list[ScoredSegment]:
        """Returns segments with their scores; their texts joined are `prompt_text` + target.

        The page cuts words and sentences at the same places. `seqsal.results.segmentation`
        describes the exceptions, in scripts without spaces between words.

        Args:
            granularity: tokens, words, sentences, lines, paragraphs, messages, or a regular
                expression of the package `regex`.
            method: one of `methods`; None for the first.
            aggregation: how the scores of a segment's tokens are combined: sum, mean or max (the
                score farthest from zero).
            match: whether a match of the regular expression `ends` or `starts` a segment.

        Raises:
            ValueError: granularity, method or aggregation is unknown, or the result has no
                scores.
        """
        scores = self.scores[self.check_method(method)]
        segments = segment_tokens(
            self.tokens,
            self.special,
            len(self.prompt_text),
            granularity,
            match=match,
            messages=self.messages,
            thinking=self.thinking,
        )
        texts = [segment for segment in segments if not segment.special]
        return score_segments(scores, texts, self.selection, aggregation)

    def method_info(self, name: str) -> MethodInfo:
        """Returns the description of a method: label, sign, cost and so on.

        It is the one in `method_descriptions`, else the built-in one, else one made of the name.
        """
        return describe_method(name, self.method_descriptions)

    def is_signed(self, method: str | None = None) -> bool:
        """Returns whether the scores of a method are signed; positive ones support the selection.

        If no description says it, they are signed if any score is below 0.

        Args:
            method: its name; None for the first.

        Raises:
            ValueError: as in `check_method`.
        """
        name = self.check_method(method)
        return has_sign(self.method_info(name), self.scores[name])

    def check_method(self, method: str | None) -> str:
        """Returns the name of a method that has scores.

        Args:
            method: its name; None for the first.

        Raises:
            ValueError: the result has no scores, or the method is unknown.
        """
        if not self.scores:
            raise ValueError(
                "This result has no scores: nothing was selected where it was saved. Select"
                " something to explain on the page before saving, or call seqsal.explain."
            )
        if method is None:
            return next(iter(self.scores))
        if method not in self.scores:
            raise ValueError(f"method must be one of {', '.join(self.scores)}; got {method!r}.")
        return method

    @functools.cached_property
    def selected_characters(self) -> Bool[NumpyArray, " characters"]:
        """For each character of `prompt_text` + target, whether its token is explained."""
        chosen = np.zeros(len(self.tokens), bool)
        for start, end in self.selection:
            chosen[start:end] = True
        pairs = zip(self.tokens, self.special, strict=True)
        return np.repeat(chosen, [0 if special else len(token) for token, special in pairs])

    def _text_of(self, span: Span) -> str:
        marks = zip(self.tokens[slice(*span)], self.special[slice(*span)], strict=True)
        return "".join(token for token, special in marks if not special)
