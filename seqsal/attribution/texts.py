"""Records as tokens: prompts, targets, and the answers that a model has written."""

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from seqsal.attribution.result_cache import NO_CACHE, ResultCache
from seqsal.attribution.shared_answers import Sharing
from seqsal.models.causal_lm import CausalLM, Encoding, Generation, GenerationOptions
from seqsal.models.limits import DoesNotFitError, check_fits
from seqsal.shared import fields as spec

Record = Mapping[str, Any]

_REMEMBERED_ANSWERS: Final = 10_000


class Texts:
    """Encodes prompts and targets; an answer keeps the ids that it was generated as."""

    def __init__(
        self,
        lm: CausalLM,
        options: GenerationOptions,
        cache: ResultCache = NO_CACHE,
        make_room: Callable[[], None] = lambda: None,
    ) -> None:
        """Begins with what is kept of the model's answers.

        Args:
            lm: the model.
            options: how it writes answers.
            cache: caches answers beyond the process.
            make_room: lets go of what is kept in the memory that the model needs.
        """
        self.lm, self._options, self._cache = lm, options, cache
        self._make_room = make_room
        self._answers: OrderedDict[str, list[Generation]] = OrderedDict()
        self._lock, self._sharing = threading.Lock(), Sharing()

    def answers(self, prompts: Sequence[str]) -> list[list[Generation]]:
        """Returns the answers to each prompt; what has been answered before is not run again."""
        known = self._known(prompts)
        if any(prompt not in known for prompt in prompts):
            # Whoever went before may have asked the same.
            with self._sharing.asking(prompts), self.lm.queue:
                known = self._known(prompts)
                written = self._written([p for p in dict.fromkeys(prompts) if p not in known])
            self._cache.add_answers(written)
            known.update(written)
        return [known[prompt] for prompt in prompts]

    def _written(self, prompts: Sequence[str]) -> dict[str, list[Generation]]:
        """Returns new answers, which are remembered from now on."""
        if not prompts:
            return {}
        encodings = [self.lm.encode(prompt) for prompt in prompts]
        alone = self._sharing.writing(prompts[0]) if len(prompts) == 1 else contextlib.nullcontext()
        answers: list[list[Generation]] | None = None
        with alone:
            with contextlib.suppress(DoesNotFitError):
                answers = self.lm.generate(encodings, self._options)
            if answers is None:
                self._make_room()
                answers = self.lm.generate(encodings, self._options)
        written = dict(zip(prompts, answers, strict=True))
        self._remember(written)
        return written

    def sequence(self, record: Record) -> Encoding:
        """Returns the tokens of the prompt and its target.

        A target that this model generated for this prompt has the tokens that it was
        generated as; any other text has the tokens of prompt + target.
        """
        prompt, target = prompt_of(record), record.get(spec.TARGET) or ""
        answer = next((a for a in self._known([prompt]).get(prompt, []) if a.text == target), None)
        encoding = (
            self.lm.encode(prompt, target)
            if answer is None
            else self.lm.encode(prompt) + answer.encoding
        )
        check_fits(len(encoding), self.lm.context_length, what="The prompt with the text after it")
        return encoding

    def _known(self, prompts: Sequence[str]) -> dict[str, list[Generation]]:
        """Returns the answers that were written before, by prompt."""
        with self._lock:
            known = {prompt: self._answers[prompt] for prompt in prompts if prompt in self._answers}
        if others := [prompt for prompt in dict.fromkeys(prompts) if prompt not in known]:
            kept = self._cache.answers(others)
            self._remember(kept)
            known.update(kept)
        return known

    def _remember(self, answers: Mapping[str, list[Generation]]) -> None:
        with self._lock:
            self._answers.update(answers)
            while len(self._answers) > _REMEMBERED_ANSWERS:
                self._answers.popitem(last=False)


def prompt_of(record: Record) -> str:
    """Returns the prompt of a record.

    Raises:
        ValueError: it has none, or an empty one.
    """
    prompt = record.get(spec.PROMPT)
    if not isinstance(prompt, str) or not prompt:
        raise ValueError(
            "The prompt is empty. Expected some text in the field 'prompt'; write one in the"
            " Datapoint Editor, or choose another example."
        )
    return prompt
