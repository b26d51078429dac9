"""One language model and what explains its texts, without LIT."""

from collections.abc import Sequence

import numpy as np

from seqsal.attribution import salience
from seqsal.attribution.engine import Engine, Scores
from seqsal.attribution.texts import Texts, target_mask
from seqsal.models.causal_lm import Encoding, Generation
from seqsal.shared import fields as spec


class Explainer:
    """Answers prompts and scores their tokens; forward passes and answers are kept.

    Attributes:
        demonstration: whether the model is one of the small ones that ship with seqsal.
    """

    def __init__(self, texts: Texts, engine: Engine, *, demonstration: bool = False) -> None:
        """Takes what encodes and what scores, both over the same model."""
        self._texts, self._engine = texts, engine
        self.demonstration = demonstration

    def answers(self, prompt: str) -> list[Generation]:
        """Returns the model's answers to a prompt, the likeliest first.

        Raises:
            ValueError: the prompt leaves no room for an answer in the context.
        """
        return self._texts.answers([prompt])[0]

    def sequence(self, prompt: str, target: str = "") -> Encoding:
        """Returns the tokens of a prompt and its target.

        A target that this model wrote for this prompt has the tokens that it was written as.

        Raises:
            ValueError: the prompt is empty, or both do not fit into the context.
        """
        return self._texts.sequence({spec.PROMPT: prompt, spec.TARGET: target})

    def scores(
        self, prompt: str, target: str, masks: Sequence[Sequence[float | int]]
    ) -> list[Scores]:
        """Returns the scores of each token, by method, for each of several selections.

        Args:
            prompt: what the model reads.
            target: what follows it.
            masks: for each selection 1 at the tokens of the sequence to explain and 0 elsewhere.

        Raises:
            ValueError: the sequence does not fit, a mask is of another length or selects
                nothing that the model predicts, or the scores are not finite.
        """
        ids = self.sequence(prompt, target).ids
        if not masks:
            return []
        weights = [salience.selection_weights(list(mask), len(ids)) for mask in masks]
        return self._engine.scores(ids, np.stack(weights))

    def logprobs(self, prompt: str, target: str) -> list[float | None]:
        """Returns, for each token of the target, how sure the model was of it.

        It is the natural logarithm of the token's probability given all before it; None for
        every other token of the sequence.

        Raises:
            ValueError: the sequence does not fit.
        """
        encoding = self.sequence(prompt, target)
        mask = target_mask(encoding, len(prompt))
        positions = [i for i, selected in enumerate(mask) if selected and i]
        logprobs: list[float | None] = [None] * len(encoding)
        values = self._engine.logprobs(encoding.ids, positions)
        for position, value in zip(positions, values.tolist(), strict=True):
            logprobs[position] = value
        return logprobs

    def forget(self, prompt: str, target: str) -> None:
        """Lets go of the forward pass of a text that nobody explains any more.

        Raises:
            ValueError: the sequence does not fit.
        """
        self._engine.forget(self.sequence(prompt, target).ids)
