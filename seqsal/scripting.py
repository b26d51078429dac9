"""Salience for scripts and papers, in one call."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seqsal import bars, salience
from seqsal.explaining import explainer_of
from seqsal.models.base import Encoding
from seqsal.results.result import Result
from seqsal.results.scores import Salience
from seqsal.results.segmentation import Span

if TYPE_CHECKING:
    import transformers

    from seqsal.models.base import CausalLM

Selection = str | tuple[int, int] | None


def explain(
    model: "str | os.PathLike[str] | Mapping[str, Any] | CausalLM | transformers.PreTrainedModel",
    prompt: str,
    target: str | None = None,
    select: Selection = None,
    *,
    tokenizer: Any = None,
    name: str | None = None,
    progress: bool | None = None,
    **options: Any,
) -> Result:
    """Returns what a part of a model's answer, or of any other text after a prompt, leaned on.

    Called again with the same model, it uses the forward pass of before.

    Args:
        model: a path (a folder, a model id of the hub, embedded:NAME) or `name:path`; the models
            that `seqsal.get_models` returned; or a model of Transformers or keras-hub in memory.
        prompt: what the model reads.
        target: what follows it; None for the model's own answer.
        select: what is explained: a text that occurs once in the target; a range (start, end) of
            characters of prompt + target, as `Result.segments` has them; None for the target.
        tokenizer: the tokenizer of a Transformers model in memory.
        name: which of several models of `seqsal.get_models`.
        progress: whether bars tell how far loading and writing are. None: in a notebook or a
            terminal.
        **options: fields of `seqsal.Options`, such as max_new_tokens, device or precision; for a
            model in memory those about its sequences and answers.

    Raises:
        ValueError: the model can not be loaded, the prompt is empty or does not fit, the model
            answers nothing, the target does not hold what is to be explained, or an option is
            wrong.
        TypeError: there is no way to explain such a model, or an option has an unknown name.
    """
    with bars.shown(progress, tokens=options.get("max_new_tokens")):
        explainer = explainer_of(model, tokenizer, name=name, **options)
        answers = [answer.text for answer in explainer.answers(prompt)] if target is None else []
        target = _text(target, answers)
        start, end = characters(select, prompt, target)
        encoding = explainer.sequence(prompt, target)
        chosen = tokens_of(encoding, start, end)
        mask = [float(any(a <= i < b for a, b in chosen)) for i in range(len(encoding))]
        (scores,) = explainer.scores(prompt, target, [mask])
        logprobs = explainer.logprobs(prompt, target)
    return Result(
        prompt=prompt,
        target=target,
        tokens=encoding.pieces,
        special=encoding.special,
        token_ids=encoding.ids,
        salience=(Salience(chosen, scores),),
        methods=tuple(salience.METHODS),
        logprobs=tuple(logprobs),
        source="response" if answers else "target",
    )


def _text(target: str | None, answers: list[str]) -> str:
    text = answers[0] if target is None else target
    if not text:
        raise ValueError(
            "There is nothing to explain: the target is empty."
            if target is not None
            else "There is nothing to explain: the model's answer to this prompt is empty. Give a"
            " target, or another prompt."
        )
    return text


def characters(select: Selection, prompt: str, target: str) -> Span:
    """Returns the characters of prompt + target that are to be explained.

    >>> characters("two", "0 ", "one two"), characters((0, 3), "0 ", "1")
    ((6, 9), (0, 3))
    >>> characters(None, "0", "1")
    (1, 2)

    Args:
        select: a text that occurs once in the target, a range (start, end) of prompt + target, or
            None for the target.
        prompt: what stands before the target.
        target: where a text is looked for.

    Raises:
        ValueError: the text does not occur, or several times, or the range is none of this text.
    """
    if select is None:
        return len(prompt), len(prompt) + len(target)
    if isinstance(select, str):
        return _found(select, prompt, target)
    start, end = select
    if not 0 <= start < end <= len(prompt) + len(target):
        raise ValueError(
            f"A range (start, end) to explain must lie in the {len(prompt) + len(target)}"
            " characters of prompt + target, with start before end; got"
            f" {(start, end)}. The target begins at {len(prompt)}."
        )
    return start, end


def _found(text: str, prompt: str, target: str) -> Span:
    places = [len(prompt) + i for i in range(len(target)) if text and target.startswith(text, i)]
    if not places:
        raise ValueError(
            f"What is to be explained must occur in the target; {text!r} does not. The target is"
            f" {target!r}."
        )
    if len(places) > 1:
        ranges = ", ".join(f"({place}, {place + len(text)})" for place in places[:5])
        raise ValueError(
            f"What is to be explained must occur in the target once; {text!r} does"
            f" {len(places)} times. Say which, in characters of prompt + target: {ranges}"
            f"{', ...' if len(places) > 5 else ''}."
        )
    return places[0], places[0] + len(text)


def tokens_of(encoding: Encoding, start: int, end: int) -> tuple[Span, ...]:
    """Returns the tokens that hold some characters, as ranges with gaps between them.

    Special tokens are left out, and so is the very first token, which nothing comes before.

    Args:
        encoding: the tokens of a text.
        start: the first character of the text.
        end: the one after the last.

    Raises:
        ValueError: the only token of them is the very first.
    """
    ranges: list[Span] = []
    position, holds = 0, False
    for i, (piece, special) in enumerate(zip(encoding.pieces, encoding.special, strict=True)):
        if special:
            continue
        # A token without text is a further part of the character that began before it.
        holds = position < end and position + len(piece) > start if piece else holds
        position += len(piece)
        if not (holds and i):
            continue
        if ranges and ranges[-1][1] == i:
            ranges[-1] = ranges[-1][0], i + 1
        else:
            ranges.append((i, i + 1))
    if not ranges:
        raise ValueError(
            "The very first token can not be explained: the model does not predict it from"
            " anything. Select what comes after it."
        )
    return tuple(ranges)
