"""The explainer of one language model, independent of LIT."""

from collections.abc import Iterable, Sequence

from seqsal.attribution.engine import Engine
from seqsal.attribution.method import Scores
from seqsal.attribution.selection import TokenSelection
from seqsal.attribution.text_encoder import TextEncoder
from seqsal.models.causal_lm import Encoding, Generation
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

    def answers(self, prompt: str) -> list[Generation]:
        """Returns the model's answers to a prompt, most likely first.

        Raises:
            ValueError: the prompt leaves no room for an answer in the context.
        """
        return self._encoder.answers([prompt])[0]

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
        methods: Iterable[str] | None = None,
    ) -> list[Scores]:
        """Returns the scores of each token, by method, for each of several selections.

        Args:
            encoding: the tokens of a text, as `sequence` returns them.
            selections: the tokens to explain.
            methods: the names of the methods to compute; None for the first of
                `seqsal.attribution.registry` and all that share its backward pass.

        Raises:
            ValueError: a selection has no token that the model predicts, a method is unknown,
                the sequence does not fit, or the scores are not finite.
        """
        if not selections:
            return []
        objectives = [selection.objective(encoding.ids) for selection in selections]
        return self._engine.scores(encoding.ids, objectives, methods)

    def logprobs(self, encoding: Encoding, prompt_length: int) -> list[float | None]:
        """Returns the log-probability of each token of the target; None for other tokens.

        It is the natural logarithm of the token's probability given all preceding tokens.

        Args:
            encoding: the tokens of a text, as `sequence` returns them.
            prompt_length: the number of characters of the prompt.

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
        """Releases the cached forward pass of a text."""
        self._engine.forget(encoding.ids)
