"""Records as tokens: prompts, targets, and the answers that the model generated."""

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from seqsal.attribution.result_cache import NO_CACHE, ResultCache
from seqsal.attribution.shared_generation import SharedGeneration
from seqsal.models.causal_lm import CausalLM, Encoding, Generation, GenerationOptions
from seqsal.models.limits import DoesNotFitError, check_fits
from seqsal.shared import fields

Record = Mapping[str, Any]

_MAX_CACHED_PROMPTS: Final = 10_000


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
        self._answers: OrderedDict[str, list[Generation]] = OrderedDict()
        self._lock, self._shared = threading.Lock(), SharedGeneration()

    def answers(self, prompts: Sequence[str]) -> list[list[Generation]]:
        """Returns the answers to each prompt; answers that are not cached are generated."""
        known = self._known(prompts)
        if any(prompt not in known for prompt in prompts):
            with self._shared.subscribe(prompts), self.lm.queue:
                # An earlier request in the queue may have generated the same answers.
                known = self._known(prompts)
                generated = self._generate([p for p in dict.fromkeys(prompts) if p not in known])
            self._cache.add_answers(generated)
            known.update(generated)
        return [known[prompt] for prompt in prompts]

    def _generate(self, prompts: Sequence[str]) -> dict[str, list[Generation]]:
        """Generates answers and caches them in the process."""
        if not prompts:
            return {}
        encodings = [self.lm.encode(prompt) for prompt in prompts]
        # Only the text of a single answer is streamed.
        single = len(prompts) == 1
        stream = self._shared.broadcast(prompts[0]) if single else contextlib.nullcontext()
        answers: list[list[Generation]] | None = None
        with stream:
            with contextlib.suppress(DoesNotFitError):
                answers = self.lm.generate(encodings, self._options)
            if answers is None:
                self._free_memory()
                answers = self.lm.generate(encodings, self._options)
        generated = dict(zip(prompts, answers, strict=True))
        self._remember(generated)
        return generated

    def sequence(self, record: Record) -> Encoding:
        """Returns the tokens of the prompt and its target.

        A target that this model generated for this prompt has the token ids of that generation;
        any other target is tokenized together with the prompt.

        Raises:
            ValueError: the record has no prompt, or the sequence exceeds the context.
        """
        prompt, target = prompt_of(record), record.get(fields.TARGET) or ""
        answer = next((a for a in self._known([prompt]).get(prompt, []) if a.text == target), None)
        encoding = (
            self.lm.encode(prompt, target)
            if answer is None
            else self.lm.encode(prompt) + answer.encoding
        )
        check_fits(len(encoding), self.lm.context_length, what="The prompt with the text after it")
        return encoding

    def _known(self, prompts: Sequence[str]) -> dict[str, list[Generation]]:
        """Returns the cached answers, by prompt."""
        with self._lock:
            known = {prompt: self._answers[prompt] for prompt in prompts if prompt in self._answers}
        if others := [prompt for prompt in dict.fromkeys(prompts) if prompt not in known]:
            cached = self._cache.answers(others)
            self._remember(cached)
            known.update(cached)
        return known

    def _remember(self, answers: Mapping[str, list[Generation]]) -> None:
        with self._lock:
            self._answers.update(answers)
            while len(self._answers) > _MAX_CACHED_PROMPTS:
                self._answers.popitem(last=False)


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
