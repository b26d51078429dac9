"""The explainer of one language model, independent of LIT."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence

from seqsal.attribution import alternatives, contrast, registry
from seqsal.attribution.alternatives import Alternative
from seqsal.attribution.contrast import Contrast
from seqsal.attribution.engine import Engine
from seqsal.attribution.method import MethodInfo, Scores
from seqsal.attribution.registry import AnyMethod
from seqsal.attribution.removal import removable
from seqsal.attribution.segment_method import Segments
from seqsal.attribution.selection import TokenSelection
from seqsal.attribution.text_encoder import TextEncoder
from seqsal.attribution.through import Through
from seqsal.attribution.together import Text
from seqsal.models.capabilities import Ranges, SharesPrefix, chat_template_use, thinking_marks
from seqsal.models.causal_lm import Encoding, Generation
from seqsal.models.thinking import ThinkingMarks
from seqsal.shared import fields


class Explainer:
    """Answers prompts and scores their tokens; forward passes and answers are cached.

    Attributes:
        demonstration: whether the model is one of the small models that ship with seqsal.
    """

    def __init__(
        self, encoder: TextEncoder, engine: Engine, *, demonstration: bool = False
    ) -> None:
        """Takes a text encoder and an engine for the same model."""
        self._encoder, self._engine = encoder, engine
        self.demonstration = demonstration

    def for_many_texts(self) -> "Explainer":
        """Returns an explainer with the same answers and scores whose forward passes are its own.

        It keeps the last one only, so that those of this explainer stay.
        """
        engine = self._engine.for_many_texts()
        return Explainer(self._encoder, engine, demonstration=self.demonstration)

    @property
    def chat_template(self) -> str:
        """Which prompts the model renders in a chat template: all, messages, or none."""
        return chat_template_use(self._encoder.lm)

    @property
    def thinking_marks(self) -> tuple[ThinkingMarks, ...]:
        """The marks between which the model writes its thinking; none if it has none."""
        return thinking_marks(self._encoder.lm)

    @property
    def methods(self) -> tuple[MethodInfo, ...]:
        """The methods that the model supports, in the order they are offered."""
        return tuple(method.info for method in registry.all_methods(self._encoder.lm))

    def find_methods(self, names: Iterable[str | AnyMethod] | None = None) -> list[AnyMethod]:
        """Returns the methods of some names; None for those that need only a backward pass.

        Raises:
            ValueError: there is no such method, or the model does not support it.
        """
        return registry.find_methods(names, self._encoder.lm)

    def answers(self, prompt: str, stop: Sequence[str] | None = None) -> list[Generation]:
        """Returns the model's answers to a prompt, most likely first.

        Args:
            prompt: the prompt.
            stop: texts that end an answer before them; None for those of the options.

        Raises:
            ValueError: the prompt leaves no room for an answer in the context.
        """
        return self._encoder.answers([prompt], stop)[0]

    def answers_to(
        self, prompts: Sequence[str], stop: Sequence[str] | None = None
    ) -> list[list[Generation]]:
        """Returns the model's answers to each of several prompts, which are generated together.

        Prompts of like length take little padding; a batch that does not fit in memory fails as a
        whole.

        Args:
            prompts: the prompts.
            stop: as in `answers`.

        Raises:
            ValueError: a prompt leaves no room for an answer in the context.
        """
        return self._encoder.answers(prompts, stop)

    def answers_without(
        self, encodings: Sequence[Encoding], removals: Sequence[Ranges]
    ) -> list[Generation]:
        """Returns the model's first answer to each of several prompts without some of their tokens.

        Args:
            encodings: the tokens of the prompts, as `sequence` returns them without a target.
            removals: for each prompt the tokens to remove; the gap is closed.

        Raises:
            ValueError: a removal holds tokens that are not in the prompt, or only special ones.
        """
        kept = [
            encoding.without(removable(encoding, ranges))
            for encoding, ranges in zip(encodings, removals, strict=True)
        ]
        return self._encoder.answers_to_encodings(kept)

    def sequence(self, prompt: str, target: str = "") -> Encoding:
        """Returns the tokens of a prompt and its target.

        A target that this model generated for this prompt has the token ids of that generation.

        Raises:
            ValueError: the prompt is empty, or the sequence exceeds the context.
        """
        return self._encoder.sequence({fields.PROMPT: prompt, fields.TARGET: target})

    def scores(
        self,
        encoding: Encoding,
        selections: Sequence[TokenSelection],
        methods: Iterable[str | AnyMethod] | None = None,
        *,
        segments: Segments = (),
        versus: Contrast | None = None,
        through_thinking: bool = False,
    ) -> list[Scores]:
        """Returns the scores of each token, by method, for each of several selections.

        Args:
            encoding: the tokens of a text, as `sequence` returns them.
            selections: the tokens to explain.
            methods: the methods to compute, as in `seqsal.attribution.registry.find_methods`.
            segments: what methods for segments score.
            versus: the other side of a contrast, as `token_contrast` and `text_contrast` return
                it; the scores are then of the difference.
            through_thinking: whether what falls on the thinking before a selection is passed on to
                what the thinking depends on; see `seqsal.attribution.through.pass_on`.

        Raises:
            ValueError: a selection has no token that the model predicts, a method is unknown,
                the sequence does not fit, the segments are wrong, there is no thinking to pass
                scores on, or the scores are not finite.
        """
        if not selections:
            return []
        objectives = [selection.objective(encoding.ids) for selection in selections]
        through = [Through.before(encoding, each) for each in selections if through_thinking]
        return self._engine.scores(
            encoding.ids, objectives, methods, segments=segments, versus=versus, through=through
        )

    def totals(
        self,
        encoding: Encoding,
        selection: TokenSelection,
        methods: Iterable[str | AnyMethod] | None = None,
    ) -> dict[str, float]:
        """Returns what the scores of all tokens should add up to, by method, in nats.

        Methods without a total are left out. The description of a method says in `remainder` what
        the difference to the actual sum is.

        Args:
            encoding: the tokens of a text, as `sequence` returns them.
            selection: the tokens to explain.
            methods: the methods, as in `scores`.

        Raises:
            ValueError: as in `scores`.
        """
        return self._engine.totals(encoding.ids, selection.objective(encoding.ids), methods)

    def compute_together(
        self,
        texts: Sequence[tuple[Encoding, TokenSelection, int]],
        methods: Iterable[str | AnyMethod] | None = None,
    ) -> None:
        """Caches what `scores` and `logprobs` return of several texts, as far as they run together.

        Args:
            texts: each as the tokens, the selection and the number of characters before the target.
            methods: the methods to compute, as in `scores`.

        Raises:
            ValueError: there is no such method, or a selection has no token that is predicted.
            CancelledError: the task was cancelled.
        """
        self._engine.compute_together(
            [
                Text(
                    encoding.ids,
                    selection.objective(encoding.ids),
                    tuple(_target_positions(encoding, prompt_length)),
                )
                for encoding, selection, prompt_length in texts
            ],
            methods,
        )

    def removal_effects(
        self,
        encoding: Encoding,
        selection: TokenSelection,
        removals: Iterable[Ranges],
        versus: Contrast | None = None,
    ) -> Iterator[float]:
        """Yields what a selection loses without some tokens of the text, in nats.

        An effect of 2 says that the selection is exp(2) = 7.4 times less likely without them.
        Special tokens stay.

        Args:
            encoding: the tokens of a text, as `sequence` returns them.
            selection: the tokens to explain.
            removals: the tokens to remove, in the order of the results; the gap is closed.
            versus: the other side of a contrast; the effect is then on the difference.

        Raises:
            ValueError: a removal holds a selected token, everything before the selection or only
                special tokens, or the sequence does not fit.
            CancelledError: the task was cancelled.
        """
        ranges = [removable(encoding, each) for each in removals]
        objective = selection.objective(encoding.ids)
        yield from self._engine.removal_effects(encoding.ids, objective, ranges, versus)

    def alternatives(self, encoding: Encoding, position: int, count: int = 10) -> list[Alternative]:
        """Returns the likeliest tokens at a position, the likeliest first.

        Args:
            encoding: the tokens of a text, as `sequence` returns them.
            position: from 1 on; the model predicts the first token from nothing.
            count: how many tokens.

        Raises:
            ValueError: the position is not one that is predicted, the sequence does not fit, or
                the model does not know the text of single tokens.
        """
        lm = self._encoder.lm
        return alternatives.alternatives(lm, self._engine, encoding.ids, position, count)

    def text_after(self, ids: Sequence[int], token: int) -> str:
        """Returns the text that a token adds to a sequence.

        Raises:
            ValueError: the model does not know the text of single tokens.
        """
        return alternatives.text_after(self._encoder.lm, ids, token)

    def token_contrast(self, encoding: Encoding, selection: TokenSelection, token: int) -> Contrast:
        """Returns the contrast of one selected token with another token in its place.

        Raises:
            ValueError: not one token is selected, the other one is the same, or there is no such
                token.
        """
        self._encoder.lm.embed([token])  # Checks that there is such a token.
        return contrast.with_token(encoding, selection, token)

    def text_contrast(
        self, prompt: str, target: str, selection: TokenSelection, text: str
    ) -> Contrast:
        """Returns the contrast of a selected part of the target with another text in its place.

        The white space that the selection begins with stays, unless the text begins with some.

        Raises:
            ValueError: the text is empty or the same, several parts are selected, or the sequence
                does not fit.
        """
        return contrast.with_text(self.sequence, prompt, target, selection, text)

    def contrast_logprobs(
        self, encoding: Encoding, selection: TokenSelection, versus: Contrast
    ) -> tuple[float, float]:
        """Returns the log-probabilities of a selection and of the other side, in nats."""
        objective = selection.objective(encoding.ids)
        return (
            self._engine.value(encoding.ids, objective),
            self._engine.value(versus.ids, versus.objective),
        )

    def logprobs(self, encoding: Encoding, prompt_length: int) -> list[float | None]:
        """Returns the log-probability of each token of the target; None for other tokens.

        It is the natural logarithm of the token's probability given all preceding tokens.

        Args:
            encoding: the tokens of a text, as `sequence` returns them.
            prompt_length: the number of characters of the text before the target.

        Raises:
            ValueError: the sequence does not fit.
        """
        positions = _target_positions(encoding, prompt_length)
        logprobs: list[float | None] = [None] * len(encoding)
        values = self._engine.logprobs(encoding.ids, positions)
        for position, value in zip(positions, values.tolist(), strict=True):
            logprobs[position] = value
        return logprobs

    def shared_prefix(
        self, encodings: Sequence[Encoding]
    ) -> contextlib.AbstractContextManager[None]:
        """Returns the context in which what some texts begin with runs once for all of them.

        The scores are those of each text alone, up to rounding.

        Args:
            encodings: the tokens of the texts, or of the prompts that they begin with.
        """
        lm = self._encoder.lm
        if isinstance(lm, SharesPrefix):
            return lm.shared_prefix([encoding.ids for encoding in encodings])
        return contextlib.nullcontext()

    def forget(self, encoding: Encoding) -> None:
        """Releases the cached forward pass of a text."""
        self._engine.forget(encoding.ids)


def _target_positions(encoding: Encoding, prompt_length: int) -> list[int]:
    """Returns the positions of the target's tokens that the model predicts."""
    target = TokenSelection.of_target(encoding, prompt_length)
    return [position for position in target.positions if position]
