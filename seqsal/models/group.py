"""The three LIT models over one `CausalLM`: generation, tokenizer and salience."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from lit_nlp.api import model as lit_model
from lit_nlp.api import types as lit_types

from seqsal import salience, spec
from seqsal.arrays import NumpyArray
from seqsal.models.base import CausalLM, Encoding, Generation, GenerationOptions, Trace, check_fits
from seqsal.models.trace_cache import TraceCache

Record = Mapping[str, Any]

_REMEMBERED_ANSWERS: Final = 10_000
_SHARE_FOR_TRACES: Final = 0.25
"""Share of the memory that is free after loading, for the graphs of forward passes."""


def make_group(
    name: str, lm: CausalLM, *, batch_size: int = 1, max_new_tokens: int = 128
) -> dict[str, lit_model.Model]:
    """Returns the LIT models of a language model, under the names that LIT's front end expects.

    Args:
        name: the name that the user sees.
        lm: the model.
        batch_size: how many prompts are answered at a time.
        max_new_tokens: most tokens of an answer.
    """
    texts = _Texts(lm, GenerationOptions(max_new_tokens=max_new_tokens))
    return {
        name: GenerationModel(texts, batch_size),
        spec.tokenizer_name(name): TokenizerModel(texts),
        spec.salience_name(name): SalienceModel(texts),
    }


class _Texts:
    """Encodes prompts and targets; an answer keeps the ids that it was generated as."""

    def __init__(self, lm: CausalLM, options: GenerationOptions) -> None:
        self.lm, self._options = lm, options
        self._answers: OrderedDict[str, Generation] = OrderedDict()
        self._lock = threading.Lock()

    def answer(self, prompts: Sequence[str]) -> list[Generation]:
        """Returns the answer to each prompt; what has been answered before is not run again."""
        known = {prompt: self._known(prompt) for prompt in prompts}
        new = [prompt for prompt, answer in known.items() if answer is None]
        if new:
            encodings = [self.lm.encode(prompt) for prompt in new]
            answers = self.lm.generate(encodings, self._options)
            self._remember(dict(zip(new, answers, strict=True)))
            known.update(zip(new, answers, strict=True))
        return [answer for prompt in prompts if (answer := known[prompt]) is not None]

    def sequence(self, record: Record) -> Encoding:
        """Returns the tokens of the prompt and its target.

        A target that this model generated for this prompt has the tokens that it was
        generated as; any other text has the tokens of prompt + target.
        """
        prompt, target = _prompt(record), record.get(spec.TARGET) or ""
        answer = self._known(prompt)
        encoding = (
            self.lm.encode(prompt) + answer.encoding
            if answer is not None and answer.text == target
            else self.lm.encode(prompt + target)
        )
        check_fits(len(encoding), self.lm.context_length, what="The prompt with the text after it")
        return encoding

    def _known(self, prompt: str) -> Generation | None:
        with self._lock:
            return self._answers.get(prompt)

    def _remember(self, answers: Mapping[str, Generation]) -> None:
        with self._lock:
            self._answers.update(answers)
            while len(self._answers) > _REMEMBERED_ANSWERS:
                self._answers.popitem(last=False)


class GenerationModel(lit_model.Model):  # type: ignore[misc]
    """Writes the answer to a prompt, greedily."""

    def __init__(self, texts: _Texts, batch_size: int) -> None:
        self._texts, self._batch_size = texts, batch_size

    @classmethod
    def init_spec(cls) -> None:
        """Returns None: a model is loaded as a group, not by one of its parts."""

    def input_spec(self) -> lit_types.Spec:
        """Returns the fields of a prompt."""
        return _input_spec()

    def output_spec(self) -> lit_types.Spec:
        """Returns the field of the answer."""
        return {spec.RESPONSE: lit_types.GeneratedText(parent=spec.TARGET)}

    def predict(self, inputs: Iterable[Record]) -> Iterator[dict[str, Any]]:
        """Yields `response` for each record.

        Raises:
            ValueError: a prompt is empty or leaves no room for an answer in the context.
        """
        prompts = [_prompt(record) for record in inputs]
        for start in range(0, len(prompts), self._batch_size):
            for answer in self._texts.answer(prompts[start : start + self._batch_size]):
                yield {spec.RESPONSE: answer.text}


class TokenizerModel(lit_model.Model):  # type: ignore[misc]
    """Shows a prompt and its target as the model's tokens."""

    def __init__(self, texts: _Texts) -> None:
        self._texts = texts

    @classmethod
    def init_spec(cls) -> None:
        """Returns None: a model is loaded as a group, not by one of its parts."""

    def input_spec(self) -> lit_types.Spec:
        """Returns the fields of a prompt."""
        return _input_spec()

    def output_spec(self) -> lit_types.Spec:
        """Returns the fields of tokens."""
        return {
            spec.TOKENS: _tokens_type(),
            spec.SPECIAL_TOKENS_MASK: lit_types.TokenScores(align=spec.TOKENS),
        }

    def predict(self, inputs: Iterable[Record]) -> Iterator[dict[str, Any]]:
        """Yields `tokens` and `special_tokens_mask` for each record.

        The tokens that are not special, joined, are prompt + target, to the byte.

        Raises:
            ValueError: a prompt is empty or does not fit into the context.
        """
        for record in inputs:
            encoding = self._texts.sequence(record)
            yield {
                spec.TOKENS: list(encoding.pieces),
                spec.SPECIAL_TOKENS_MASK: [float(mark) for mark in encoding.special],
            }


class SalienceModel(lit_model.Model):  # type: ignore[misc]
    """Scores how much each token of a sequence matters to the selected ones."""

    def __init__(self, texts: _Texts) -> None:
        self._texts = texts
        self._traces = TraceCache(
            texts.lm.trace, budget=int(texts.lm.free_bytes * _SHARE_FOR_TRACES)
        )

    @classmethod
    def init_spec(cls) -> None:
        """Returns None: a model is loaded as a group, not by one of its parts."""

    def input_spec(self) -> lit_types.Spec:
        """Returns the fields of a prompt, and the mask of the tokens to explain."""
        return {
            **_input_spec(),
            spec.TARGET_MASK: lit_types.TokenScores(align="", required=False),
        }

    def output_spec(self) -> lit_types.Spec:
        """Returns the fields of tokens and of each salience method."""
        return {
            spec.TOKENS: _tokens_type(),
            **{method: lit_types.TokenScores(align=spec.TOKENS) for method in salience.METHODS},
        }

    def predict(self, inputs: Iterable[Record]) -> Iterator[dict[str, Any]]:
        """Yields `tokens`, `grad_l2` and `grad_dot_input` for each record.

        Records of one sequence with different masks share a forward pass. Without a mask the
        target is explained, and without a target all scores are 0.

        Raises:
            ValueError: the prompt is empty, the sequence too long for the context, the mask
                of another length or empty, or the scores are not finite.
        """
        for record in inputs:
            encoding = self._texts.sequence(record)
            mask = self._mask(record, encoding)
            yield {spec.TOKENS: list(encoding.pieces), **self._scores(encoding, mask)}

    def _mask(self, record: Record, encoding: Encoding) -> Sequence[float | int] | None:
        mask = record.get(spec.TARGET_MASK)
        if mask is not None and len(mask):
            return list(mask)
        if not record.get(spec.TARGET):
            return None
        return target_mask(encoding, len(_prompt(record)))

    def _scores(
        self, encoding: Encoding, mask: Sequence[float | int] | None
    ) -> dict[str, NumpyArray]:
        if mask is None:
            return {method: np.zeros(len(encoding), np.float32) for method in salience.METHODS}
        weights = salience.selection_weights(mask, len(encoding))
        with self._traces.borrow(encoding.ids) as trace:
            return _finite(_salience(trace, weights[None]))


def target_mask(encoding: Encoding, prompt_length: int) -> list[float]:
    """Returns 1 for each token whose text begins at or after a number of characters."""
    mask, position = [], 0
    for piece, special in zip(encoding.pieces, encoding.special, strict=True):
        mask.append(float(not special and position >= prompt_length))
        position += 0 if special else len(piece)
    return mask


def _salience(trace: Trace, weights: NumpyArray) -> dict[str, NumpyArray]:
    gradients, embeddings = trace.gradients(weights), trace.embeddings
    return {
        name: trace.to_numpy(method(gradients, embeddings))[0]
        for name, method in salience.METHODS.items()
    }


def _finite(scores: dict[str, NumpyArray]) -> dict[str, NumpyArray]:
    for name, values in scores.items():
        if not np.isfinite(values).all():
            raise ValueError(
                f"{name} must be finite for every token; {np.sum(~np.isfinite(values))} of"
                f" {len(values)} are not. The weights hold NaN, or the precision is too narrow:"
                " load the model with precision float32 or bfloat16."
            )
    return scores


def _prompt(record: Record) -> str:
    prompt = record.get(spec.PROMPT)
    if not isinstance(prompt, str) or not prompt:
        raise ValueError(
            "The prompt is empty. Expected some text in the field 'prompt'; write one in the"
            " Datapoint Editor, or choose another example."
        )
    return prompt


def _input_spec() -> lit_types.Spec:
    return {
        spec.PROMPT: lit_types.TextSegment(),
        spec.TARGET: lit_types.TextSegment(required=False),
    }


def _tokens_type() -> lit_types.Tokens:
    # Tokens are exact text: no prefix marks the middle of a word.
    return lit_types.Tokens(parent="", token_prefix=None)
