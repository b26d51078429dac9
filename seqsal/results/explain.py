"""Salience for scripts and papers, in one call."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

from seqsal.attribution import registry
from seqsal.attribution.explainers import get_explainer
from seqsal.attribution.selection import TokenSelection
from seqsal.models.progress import bars
from seqsal.options import OptionValues
from seqsal.results.result import Result
from seqsal.results.scores import Salience
from seqsal.results.selection import Selection, characters

if TYPE_CHECKING:
    import transformers

    from seqsal.models.causal_lm import CausalLM


def explain(
    model: "str | os.PathLike[str] | Mapping[str, Any] | CausalLM | transformers.PreTrainedModel",
    prompt: str,
    target: str | None = None,
    select: Selection = None,
    *,
    methods: Sequence[str] | None = None,
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
        prompt: what the model reads.
        target: what follows it; None for the model's own answer.
        select: what is explained: a text that occurs once in the target; a range (start, end) of
            characters of prompt + target, as `Result.segments` has them; None for the target.
        methods: the names of the attribution methods to compute, such as ("grad_l2",); None for
            the first one and all others that come from the same pass.
        tokenizer: the tokenizer of a Transformers model in memory.
        name: which of several models of `seqsal.get_models`.
        progress: whether to show progress bars for loading and writing. None: in a notebook or a
            terminal.
        **options: fields of `seqsal.Options`, such as max_new_tokens, device or precision; for a
            model in memory those about its sequences and answers.

    Raises:
        ValueError: the model cannot be loaded, the prompt is empty or does not fit, the model
            answers nothing, the target does not hold what is to be explained, there is no such
            method, or an option is wrong.
        TypeError: there is no way to explain such a model, or an option has an unknown name.
    """
    registry.find_methods(methods)  # A wrong name is found before the model is loaded.
    with bars.show_progress(progress, tokens=options.get("max_new_tokens")):
        explainer = get_explainer(model, tokenizer, name=name, **options)
        answers = [answer.text for answer in explainer.answers(prompt)] if target is None else []
        target = _text(target, answers)
        encoding = explainer.sequence(prompt, target)
        start, end = characters(select, prompt, target)
        selection = TokenSelection.of_characters(encoding, start, end)
        names = explainer.method_names(methods)
        infos = {info.name: info for info in explainer.methods if info.name in names}
        (scores,) = explainer.scores(encoding, [selection], names)
        logprobs = explainer.logprobs(encoding, len(prompt))
    return Result(
        prompt=prompt,
        target=target,
        tokens=encoding.pieces,
        special=encoding.special,
        token_ids=encoding.ids,
        salience=(Salience(selection.ranges, scores),),
        methods=tuple(names),
        method_descriptions=tuple(infos[name] for name in names),
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
