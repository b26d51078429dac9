"""One language model and what explains its texts, without LIT."""

from collections.abc import Iterable, Sequence

from seqsal.attribution.engine import Engine
from seqsal.attribution.method import Scores
from seqsal.attribution.selection import TokenSelection
from seqsal.attribution.texts import Texts
from seqsal.models.causal_lm import Encoding, Generation
from seqsal.shared import fields


class Explainer:
    """Answers prompts and scores their tokens; forward passes and answers are cached.

    Attributes:
        demonstration: whether the model is one of the small ones that ship with seqsal.
    """

    def __init__(self, texts: Texts, engine: Engine, *, demonstration: bool = False) -> None:
        """Takes what encodes and what scores, both over the same model."""
        self._texts, self._engine = texts, engine
        self.demonstration = demonstration

    def answers(self, prompt: str) -> list[Generation]:
        """Returns the model's answers to a prompt, the most likely first.

        Raises:
            ValueError: the prompt leaves no room for an answer in the context.
        """
        return self._texts.answers([prompt])[0]

    def sequence(self, prompt: str, target: str = "") -> Encoding:
        """Returns the tokens of a prompt and its target.

        A target that this model generated for this prompt has the tokens it was generated as.

        Raises:
            ValueError: the prompt is empty, or both do not fit into the context.
        """
        return self._texts.sequence({fields.PROMPT: prompt, fields.TARGET: target})

    def scores(
        self,
        encoding: Encoding,
        selections: Sequence[TokenSelection],
        methods: Iterable[str] | None = None,
    ) -> list[Scores]:
        """Returns the scores of each token, by method, for each of several selections.

        Args:
            encoding: the tokens of a text, as `sequence` returns them.
            selections: the tokens to explain.
            methods: the names of the methods to compute; None for the first of
                `seqsal.attribution.registry` and all that come from the same pass.

        Raises:
            ValueError: a selection holds nothing that the model predicts, there is no such
                method, the sequence does not fit, or the scores are not finite.
        """
        if not selections:
            return []
        objectives = [selection.objective(encoding.ids) for selection in selections]
        return self._engine.scores(encoding.ids, objectives, methods)

    def logprobs(self, encoding: Encoding, prompt_length: int) -> list[float | None]:
        """Returns, for each token of the target, how sure the model was of it.

        It is the natural logarithm of the token's probability given all before it; None for
        every other token of the sequence.

        Args:
            encoding: the tokens of a text, as `sequence` returns them.
            prompt_length: characters of the prompt.

        Raises:
            ValueError: the sequence does not fit.
        """
        target = TokenSelection.of_target(encoding, prompt_length)
        positions = [position for position in target.positions if position]
        logprobs: list[float | None] = [None] * len(encoding)
        values = self._engine.logprobs(encoding.ids, positions)
        for position, value in zip(positions, values.tolist(), strict=True):
            logprobs[position] = value
        return logprobs

    def forget(self, encoding: Encoding) -> None:
        """Releases the forward pass of a text that is no longer explained."""
        self._engine.forget(encoding.ids)
