"""Salience for scripts and papers, in one call."""

import operator
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex, Unpack

from seqsal.attribution import registry
from seqsal.attribution.contrast import Contrast as ObjectiveContrast
from seqsal.attribution.explainer import Explainer
from seqsal.attribution.explainers import get_explainer
from seqsal.attribution.registry import AnyMethod
from seqsal.attribution.selection import TokenSelection
from seqsal.models.causal_lm import Encoding
from seqsal.models.progress import bars
from seqsal.options import OptionValues
from seqsal.results.result import Result
from seqsal.results.scores import Contrast, Salience
from seqsal.results.segmentation import Span, segment_tokens
from seqsal.results.selection import Selection, characters
from seqsal.shared.messages import parse_messages
from seqsal.shared.openai_format import given_prompt

if TYPE_CHECKING:
    import transformers

    from seqsal.models.causal_lm import CausalLM


def explain(
    model: "str | os.PathLike[str] | Mapping[str, Any] | CausalLM | transformers.PreTrainedModel",
    prompt: str | Sequence[Mapping[str, Any]] | None = None,
    target: str | None = None,
    select: Selection = None,
    *,
    messages: Sequence[Mapping[str, Any]] | None = None,
    documents: Sequence[str | Mapping[str, str]] | None = None,
    tools: Sequence[Mapping[str, Any]] | None = None,
    methods: Sequence[str | AnyMethod] | None = None,
    granularity: str = "sentences",
    versus: str | SupportsIndex | None = None,
    through_thinking: bool = False,
    tokenizer: Any = None,
    name: str | None = None,
    progress: bool | None = None,
    **options: Unpack[OptionValues],
) -> Result:
    """Returns what a part of a model's answer, or of any other text after a prompt, depends on.

    Called again with the same model, it uses the forward pass of before.

    Args:
        model: a path (a folder, a model id of the hub, embedded:NAME) or `name:path`; the models
            that `seqsal.get_models` returned; or a model of Transformers or keras-hub in memory.
        prompt: what the model reads: plain text, messages in message form, or a list of messages.
        target: what follows it; None for the model's own answer.
        select: what is explained: a text that occurs once in the target; a range (start, end) of
            characters of prompt + target, as `Result.segments` has them; None for the target. For
            messages, their contents take the place of the prompt.
        messages: the list of messages by a name of its own. They are in the OpenAI format, each
            with `role` and `content`, and perhaps `tool_calls`. The model's chat template is
            applied. The model continues a last message of the assistant.
        documents: texts, or objects with `text` and `title`, that the last user message is about.
        tools: the tools that the model may call, as JSON schemas, for a template that takes them.
        methods: the names of the attribution methods to compute, such as ("linearized",
            "ablation"), or methods, such as `IntegratedGradients(steps=64)`; None for all that
            need only a backward pass.
        granularity: the segments that methods for segments score, as in `Result.segments`.
        versus: why the selection and not this: another text in its place, or the id of another
            token in place of one selected token. Scores are then of the difference of the
            log-probabilities: positive speaks for the selection.
        through_thinking: whether what falls on the thinking before the selection is passed on to
            what the thinking depends on, summed to the same total. Only for methods that score
            tokens; docs/reasoning.md has the formula.
        tokenizer: the tokenizer of a Transformers model in memory.
        name: which of several models of `seqsal.get_models`.
        progress: whether to show progress bars for loading and writing. None: in a notebook or a
            terminal.
        **options: fields of `seqsal.Options`, such as max_new_tokens, device or precision; for a
            model in memory those about its sequences and answers.

    Raises:
        ValueError: the model cannot be loaded, there are both a prompt and messages, or neither,
            the prompt is empty or does not fit, the model's chat template does not take the
            messages, the model answers nothing, the target does not hold what is to be explained,
            there is no such method, there is no thinking to pass scores on, or an option is wrong.
        TypeError: there is no way to explain such a model, or an option has an unknown name.
    """
    registry.find_methods(methods)  # A wrong name is found before the model is loaded.
    prompt = given_prompt("seqsal.explain", prompt, messages, documents, tools)
    with bars.show_progress(progress, tokens=options.get("max_new_tokens")):
        explainer = get_explainer(model, tokenizer, name=name, **options)
        answers = [answer.text for answer in explainer.answers(prompt)] if target is None else []
        target = _text(target, answers, prompt, explainer)
        encoding = explainer.sequence(prompt, target)
        before = encoding.text_before(target)
        start, end = characters(select, before, target)
        selection = TokenSelection.of_characters(encoding, start, end)
        chosen = explainer.find_methods(methods)
        if isinstance(versus, str) and versus:
            # What a token has before the selected text stays: "void" and "voids", not "oids".
            begun = (before + target)[selection.first_character(encoding) : start]
            versus = begun + versus if begun.strip() else versus
        other = _contrast(explainer, (prompt, target), encoding, selection, versus)
        segments: tuple[Span, ...] = ()
        if any(method.info.scores == "segments" for method in chosen):
            first = selection.positions[0]
            segments = _segments_before(first, encoding, len(before), granularity)
            if other is not None:
                segments = other.shared_segments(encoding.ids, segments)
        (scores,) = explainer.scores(
            encoding,
            [selection],
            chosen,
            segments=segments,
            versus=other,
            through_thinking=through_thinking,
        )
        totals = {} if other is not None else explainer.totals(encoding, selection, chosen)
        logprobs = explainer.logprobs(encoding, len(before))
        contrast = None
        if other is not None:
            sides = explainer.contrast_logprobs(encoding, selection, other)
            contrast = Contrast(
                _shown(explainer, encoding, selection, versus),
                sides,
                token=None if versus is None or isinstance(versus, str) else operator.index(versus),
                shared=other.shared_with(encoding.ids),
            )
    infos = tuple(method.info for method in chosen)
    salience = Salience(
        selection.ranges,
        scores,
        segments={info.name: segments for info in infos if info.scores == "segments"},
        contrast=contrast,
        through_thinking=through_thinking,
        totals=totals,
    )
    result = Result(
        prompt=prompt,
        target=target,
        tokens=encoding.pieces,
        special=encoding.special,
        token_ids=encoding.ids,
        salience=(salience,),
        methods=tuple(info.name for info in infos),
        method_descriptions=infos,
        logprobs=tuple(logprobs),
        source="response" if answers else "target",
        messages=encoding.messages,
        thinking=encoding.thinking,
        omitted=encoding.omitted,
    )
    result._attach(explainer, encoding, other)
    return result


def _contrast(
    explainer: Explainer,
    texts: tuple[str, str],
    encoding: Encoding,
    selection: TokenSelection,
    versus: str | SupportsIndex | None,
) -> ObjectiveContrast | None:
    """Returns the other side of a contrast, if there is one."""
    if versus is None:
        return None
    if isinstance(versus, str):
        return explainer.text_contrast(*texts, selection, versus)
    return explainer.token_contrast(encoding, selection, operator.index(versus))


def _shown(
    explainer: Explainer,
    encoding: Encoding,
    selection: TokenSelection,
    versus: str | SupportsIndex | None,
) -> str:
    """Returns the text of the other side of a contrast."""
    if versus is None or isinstance(versus, str):
        return versus or ""
    return explainer.text_after(encoding.ids[: selection.positions[0]], operator.index(versus))


def _segments_before(
    end: int, encoding: Encoding, prompt_length: int, granularity: str
) -> tuple[Span, ...]:
    """Returns the segments of a text that end at or before a token."""
    segments = segment_tokens(
        encoding.pieces,
        encoding.special,
        prompt_length,
        granularity,
        messages=encoding.messages,
        thinking=encoding.thinking,
    )
    return tuple(
        segment.tokens
        for segment in segments
        if not segment.special and segment.text.strip() and segment.tokens[1] <= end
    )


def _text(target: str | None, answers: list[str], prompt: str, explainer: Explainer) -> str:
    """Returns the text after the prompt.

    Raises:
        ValueError: it is empty.
    """
    text = answers[0] if target is None else target
    if text:
        return text
    if target is not None:
        raise ValueError("There is nothing to explain: the target is empty.")
    advice = "Give a target, or another prompt."
    if explainer.chat_template == "messages" and parse_messages(prompt) is None:
        advice = (
            "The model has a chat template, which is not applied to a text. Give messages instead:"
            " [{'role': 'user', 'content': ...}]."
        )
    raise ValueError(
        f"There is nothing to explain: the model's answer to this prompt is empty. {advice}"
    )
