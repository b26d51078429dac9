"""Records as tokens: prompts, targets, and the answers that a model has written."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from seqsal import spec
from seqsal.models.base import CausalLM, Encoding, Generation, GenerationOptions, check_fits

Record = Mapping[str, Any]

_REMEMBERED_ANSWERS: Final = 10_000


class Texts:
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
        prompt, target = prompt_of(record), record.get(spec.TARGET) or ""
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


def target_mask(encoding: Encoding, prompt_length: int) -> list[float]:
    """Returns 1 for each token whose text begins at or after a number of characters."""
    mask, position = [], 0
    for piece, special in zip(encoding.pieces, encoding.special, strict=True):
        mask.append(float(not special and position >= prompt_length))
        position += 0 if special else len(piece)
    return mask


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
