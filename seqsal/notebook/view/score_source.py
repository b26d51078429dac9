"""Where a view gets answers, tokens and scores from: the interface of a source."""

import abc
import dataclasses
from collections.abc import Iterator, Sequence
from typing import Final

from seqsal.attribution.alternatives import Alternative
from seqsal.attribution.method import MethodInfo, Scores
from seqsal.attribution.selection import Ranges
from seqsal.models.causal_lm import Encoding, Generation
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
    ) -> tuple[Scores, Contrast]:
        """Returns the scores of a contrast, and what the selection is explained against.

        Segments in which the two texts begin to differ have no score.

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

    def totals(
        self,
        prompt: str,
        target: str,
        selection: Ranges,
        methods: Sequence[str],
        *,
        through: bool = False,
    ) -> dict[str, float]:
        """Returns what the scores of all tokens should add up to, by method, and caches it.

        Args:
            prompt: the text that the model reads.
            target: the text after it.
            selection: the explained tokens.
            methods: the methods; those without a total are left out.
            through: whether the scores are passed on; the totals are the same, and are cached with
                these scores.

        Raises:
            ValueError: there is no model, or as in `scores`.
        """
        raise ValueError(_NO_MODEL)

    @abc.abstractmethod
    def cached_salience(self, prompt: str, target: str) -> list[Salience]:
        """Returns what is known of a text: scores, contrasts and checks, the newest first."""

    @abc.abstractmethod
    def cached_logprobs(self, prompt: str, target: str) -> tuple[float | None, ...]:
        """Returns the log-probabilities of a text if they are known, else an empty tuple."""

    def attach_model(self, result: Result) -> None:
        """Lets a result of this source measure removals, if there is a model.

        Args:
            result: a result whose selection is explained alone.
        """
        del result

    @abc.abstractmethod
    def forget(self, prompt: str, target: str) -> None:
        """Releases the forward pass of a text; its scores stay cached."""
