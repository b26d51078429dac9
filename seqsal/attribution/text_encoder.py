"""Records as tokens: prompts, targets, and the answers that the model generated."""

import contextlib
import dataclasses
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from seqsal.attribution.caches.results import NO_CACHE, ResultCache
from seqsal.attribution.caches.sequences import SequenceCache
from seqsal.attribution.shared_generation import SharedGeneration
from seqsal.models.capabilities import thinking_marks
from seqsal.models.causal_lm import CausalLM, Encoding, Generation, GenerationOptions
from seqsal.models.limits import DoesNotFitError, check_fits
from seqsal.models.thinking import with_thinking
from seqsal.shared import fields

Record = Mapping[str, Any]

_Wanted = tuple[str, tuple[str, ...]]
"""A prompt, and the stop texts of its answers."""
_MAX_CACHED_PROMPTS: Final = 10_000
_MAX_CACHED_TOKENS: Final = 1 << 17
"""Tokens of all prompts whose encodings are cached, each with 100 more: some MB."""


class TextEncoder:
    """Encodes prompts and targets, and generates answers; an answer keeps its generated ids.

    Attributes:
        lm: the model.
    """

    def __init__(
        self,
        lm: CausalLM,
        options: GenerationOptions,
        cache: ResultCache = NO_CACHE,
        free_memory: Callable[[], None] = lambda: None,
    ) -> None:
        """Starts with the answers in the cache.

        Args:
            lm: the model.
            options: the options for generated answers.
            cache: caches answers beyond the process.
            free_memory: releases cached data; called before a generation that did not fit in
                memory is retried.
        """
        self.lm, self._options, self._cache = lm, options, cache
        self._free_memory = free_memory
        self._answers: OrderedDict[_Wanted, list[Generation]] = OrderedDict()
        self._encodings = SequenceCache[str, Encoding](_MAX_CACHED_TOKENS)
        self._lock, self._shared = threading.Lock(), SharedGeneration()

    def answers(
        self, prompts: Sequence[str], stop: Sequence[str] | None = None
    ) -> list[list[Generation]]:
        """Returns the answers to each prompt; answers that are not cached are generated.

        Args:
            prompts: the prompts.
            stop: the stop texts of these answers; None for those of the options.
        """
        options = self._options
        if stop is not None:
            options = dataclasses.replace(options, stop=tuple(stop))
        known = self._known(prompts, options.stop)
        if any(prompt not in known for prompt in prompts):
            wanted = [(prompt, options.stop) for prompt in prompts]
            with self._shared.subscribe(wanted), self.lm.queue:
                # An earlier request in the queue may have generated the same answers.
                known = self._known(prompts, options.stop)
                missing = [prompt for prompt in dict.fromkeys(prompts) if prompt not in known]
                generated = self._generate(missing, options)
            self._cache.add_answers(generated, options.stop)
            known.update(generated)
        return [known[prompt] for prompt in prompts]

    def _generate(
        self, prompts: Sequence[str], options: GenerationOptions
    ) -> dict[str, list[Generation]]:
        """Generates answers and caches them in the process."""
        if not prompts:
            return {}
        encodings = [self._encode(prompt) for prompt in prompts]
        # Only the text of a single answer is streamed.
        single, wanted = len(prompts) == 1, (prompts[0], options.stop)
        stream = self._shared.broadcast(wanted) if single else contextlib.nullcontext()
        answers: list[list[Generation]] | None = None
        with stream:
            with contextlib.suppress(DoesNotFitError):
                answers = self.lm.generate(encodings, options)
            if answers is None:
                self._free_memory()
                answers = self.lm.generate(encodings, options)
        generated = dict(zip(prompts, answers, strict=True))
        self._remember(generated, options.stop)
        return generated

    def answers_to_encodings(self, encodings: Sequence[Encoding]) -> list[Generation]:
        """Returns the first answer to each of several texts, which are not cached."""
        with self.lm.queue:
            return [answers[0] for answers in self.lm.generate(encodings, self._options)]

    def sequence(self, record: Record) -> Encoding:
        """Returns the tokens of the prompt and its target.

        A target that this model generated for this prompt, or the start of one up to a token, has
        the token ids of that generation; any other target is tokenized together with the prompt.

        Raises:
            ValueError: the record has no prompt, the sequence exceeds the context, or a prompt
                without a target leaves no room in it for an answer.
        """
        prompt, target = prompt_of(record), record.get(fields.TARGET) or ""
        known = [_start_of(answer.encoding, target) for answer in self._all_known(prompt)]
        generated = next((each for each in known if each is not None), None)
        encoding = (
            self._encode(prompt, target) if generated is None else self._encode(prompt) + generated
        )
        what = "The prompt with the text after it" if target else "The prompt"
        check_fits(len(encoding), self.lm.context_length, what=what, spare=0 if target else 1)
        return with_thinking(encoding, target, thinking_marks(self.lm))

    def _encode(self, prompt: str, target: str = "") -> Encoding:
        """Returns the tokens of a prompt and its target; those of a prompt alone are cached."""
        if target:
            return self.lm.encode(prompt, target)
        with self._lock:
            encoding = self._encodings.get(prompt)
        if encoding is None:
            encoding = self.lm.encode(prompt)
            with self._lock:
                self._encodings.add(prompt, encoding, len(encoding))
        return encoding

    def _all_known(self, prompt: str) -> list[Generation]:
        """Returns the cached answers to a prompt, with any stop texts that were asked for."""
        with self._lock:
            stops = {stop for _, stop in self._answers}
        return [
            answer
            for stop in sorted({self._options.stop, *stops})
            for answer in self._known([prompt], stop).get(prompt, [])
        ]

    def _known(self, prompts: Sequence[str], stop: tuple[str, ...]) -> dict[str, list[Generation]]:
        """Returns the cached answers, by prompt."""
        with self._lock:
            known = {
                prompt: self._answers[prompt, stop]
                for prompt in prompts
                if (prompt, stop) in self._answers
            }
        if others := [prompt for prompt in dict.fromkeys(prompts) if prompt not in known]:
            cached = self._cache.answers(others, stop)
            self._remember(cached, stop)
            known.update(cached)
        return known

    def _remember(self, answers: Mapping[str, list[Generation]], stop: tuple[str, ...]) -> None:
        with self._lock:
            self._answers.update({(prompt, stop): each for prompt, each in answers.items()})
            while len(self._answers) > _MAX_CACHED_PROMPTS:
                self._answers.popitem(last=False)


def _start_of(answer: Encoding, text: str) -> Encoding | None:
    """Returns the first tokens of an answer whose text is this one; None if there are none such.

    A character of several tokens stays whole.
    """
    if not text or not answer.text.startswith(text):
        return answer if answer.text == text else None
    if answer.text == text:
        return answer
    length = 0
    for count, (piece, special) in enumerate(zip(answer.pieces, answer.special, strict=True), 1):
        length += 0 if special else len(piece)
        if length == len(text) and answer.pieces[count : count + 1] != ("",):
            return Encoding(answer.ids[:count], answer.pieces[:count], answer.special[:count])
    return None


def prompt_of(record: Record) -> str:
    """Returns the prompt of a record.

    Raises:
        ValueError: the prompt is missing, empty or not a string.
    """
    prompt = record.get(fields.PROMPT)
    if not isinstance(prompt, str) or not prompt:
        raise ValueError(
            "The prompt is empty. Expected some text in the field 'prompt'; write one in the"
            " Datapoint Editor, or choose another example."
        )
    return prompt
