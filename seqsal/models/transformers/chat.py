"""Prompts in a model's chat template, as exact text.

The tokens of the template are marked special: they are part of the model's input, not of the
user's text.
"""

from typing import Any, Final

from seqsal.models import pieces as pieces_lib
from seqsal.models.causal_lm import Encoding

_MARK: Final = "\ue000"
"""A placeholder for the prompt, to find its place in the template: a private-use character."""


class ChatTemplate:
    """A tokenizer's chat template around a single user message."""

    def __init__(self, tokenizer: Any, system_prompt: str = "") -> None:
        """Finds the place of the prompt in the template.

        Args:
            tokenizer: a fast tokenizer of Transformers with a chat template.
            system_prompt: the system message; empty for none.

        Raises:
            ValueError: the tokenizer has no template or no offsets, or the template takes no
                system message.
        """
        self._tokenizer, self._system_prompt = tokenizer, system_prompt
        if not tokenizer.chat_template:
            raise ValueError(
                "--chat_template needs a model whose tokenizer has a chat template, and this"
                " one does not. Load an instruction-tuned checkpoint, or omit the option."
            )
        if not tokenizer.is_fast:
            raise ValueError("--chat_template needs the fast version of this model's tokenizer.")
        rendered = self._render(_MARK)
        if rendered.count(_MARK) != 1:
            raise ValueError(
                "--chat_template needs a template that shows the prompt once; this one shows it"
                f" {rendered.count(_MARK)} times."
            )
        self._before, self._after = rendered.split(_MARK)

    def encode(self, prompt: str, target: str = "") -> Encoding:
        """Returns the tokens of the rendered prompt and the target after it.

        Raises:
            ValueError: the template changes the prompt, other than by trimming white space.
        """
        rendered = self._render(prompt)
        shown = rendered[len(self._before) : len(rendered) - len(self._after)]
        if not shown or shown not in (prompt, prompt.strip()):
            raise ValueError(
                "The chat template must show the prompt as it is; it shows"
                f" {shown[:40]!r} for {prompt[:40]!r}. Load the model without --chat_template."
            )
        batch = self._tokenizer(
            rendered + target, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        pieces = pieces_lib.from_offsets(rendered + target, batch["offset_mapping"])
        start = len(self._before)
        stop = start + len(shown)
        return _with_exact_text(
            tuple(batch["input_ids"]), pieces, prompt, target, (start, stop, len(rendered))
        )

    def _render(self, prompt: str) -> str:
        messages = [{"role": "user", "content": prompt}]
        if self._system_prompt:
            messages.insert(0, {"role": "system", "content": self._system_prompt})
        try:
            rendered = self._tokenizer.apply_chat_template(
                messages, tokenize=False, add_generation_prompt=True
            )
        except (
            Exception
        ) as error:  # Templates raise errors of jinja2, with messages of their authors.
            raise ValueError(
                f"The model's chat template does not take these messages: {error}."
                " Omit --system_prompt or --chat_template."
            ) from error
        return str(rendered)


def _with_exact_text(
    ids: tuple[int, ...],
    pieces: list[str],
    prompt: str,
    target: str,
    borders: tuple[int, int, int],
) -> Encoding:
    """Returns the encoding whose prompt and target tokens are exact slices of the texts.

    Args:
        ids: the tokens of the whole text.
        pieces: their slices of the whole text.
        prompt: the text of the user.
        target: the text after the rendered prompt.
        borders: offsets in the whole text of the start and end of the prompt, and of the target.
    """
    start, stop, after = borders
    ends: dict[str, list[tuple[int, int]]] = {"template": [], "prompt": [], "target": []}
    position, region = 0, "template"
    for index, piece in enumerate(pieces):
        first, position = position, position + len(piece)
        if first < stop and position > start:
            region = "prompt"
        elif piece:  # An empty piece belongs to the same region as the token before.
            region = "target" if position > after else "template"
        ends[region].append((index, position))
    exact = list(pieces)
    special = [True] * len(ids)
    trimmed = len(prompt) - len(prompt.lstrip()) if stop - start < len(prompt) else 0
    for name, text, shift in (("prompt", prompt, trimmed - start), ("target", target, -after)):
        slices = pieces_lib.slices(text, [min(end + shift, len(text)) for _, end in ends[name]])
        for (index, _), piece in zip(ends[name], slices, strict=True):
            exact[index], special[index] = piece, False
    return Encoding(ids, tuple(exact), tuple(special))
