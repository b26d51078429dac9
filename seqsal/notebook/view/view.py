"""`seqsal.view` and `seqsal.compare`: the Sequence Salience view in a notebook cell."""

import importlib.util
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

from seqsal.attribution.explainers import get_explainer
from seqsal.models.progress import bars
from seqsal.options import OptionValues
from seqsal.results.result import Result
from seqsal.results.selection import Selection
from seqsal.shared.openai_format import given_prompt, is_conversation

if TYPE_CHECKING:
    from seqsal.notebook.view.row import Row
    from seqsal.notebook.view.widget import SalienceView


def view(
    model: Any,
    prompt: str | Sequence[Mapping[str, Any]] | None = None,
    target: str | None = None,
    *,
    messages: Sequence[Mapping[str, Any]] | None = None,
    documents: Sequence[str | Mapping[str, str]] | None = None,
    tools: Sequence[Mapping[str, Any]] | None = None,
    select: Selection = None,
    tokenizer: Any = None,
    name: str | None = None,
    height: int | None = None,
    granularity: str | None = None,
    method: str | None = None,
    aggregation: str | None = None,
    progress: bool | None = None,
    **options: Unpack[OptionValues],
) -> "SalienceView":
    """Returns the view of a prompt for a notebook cell; it needs no server and no port.

    Args:
        model: a path, the models of `seqsal.get_models`, or a Transformers or keras-hub model in
            memory, as in `seqsal.explain`; or a result of it, which needs no prompt.
        prompt: the text that the model reads: plain text, messages in message form, or a list of
            messages.
        target: the text after it that is explained; None for the model's own answer.
        messages: the list of messages by a name of its own, as in `seqsal.explain`.
        documents: texts that the last user message is about, as in `seqsal.explain`.
        tools: the tools that the model may call, as in `seqsal.explain`.
        select: the first selection: a text that occurs once in the target or answer; a range
            (start, end) of characters of prompt + answer; None for none.
        tokenizer: the tokenizer of a Transformers model in memory.
        name: selects one of several models of `seqsal.get_models`.
        height: in pixels; None for a height that fits the text, within bounds.
        granularity: tokens, words, sentences, lines, paragraphs or messages; None for sentences,
            or the granularity of the result.
        method: the name of a salience method; None for the first.
        aggregation: sum, mean or max over the tokens of a segment; None for the sum.
        progress: whether to show progress bars while loading; None: in a notebook or a terminal.
        **options: fields of `seqsal.Options` about models and answers.

    Raises:
        ValueError: the model cannot be loaded, the prompt is empty, there are both a prompt and
            messages, or an option is wrong.
        ModuleNotFoundError: anywidget is not installed.
    """
    _check_installed()
    from seqsal.notebook.view.model_scores import ModelScores
    from seqsal.notebook.view.widget import SalienceView

    given = {"granularity": granularity, "method": method, "aggregation": aggregation}
    choices = {name: choice for name, choice in given.items() if choice is not None}
    if isinstance(model, Result):
        given_texts = {"messages": messages, "documents": documents, "tools": tools}
        _check_unused(prompt=prompt, target=target, select=select, **given_texts, **options)
        return _view_of_result(model, height, choices)
    prompt = given_prompt("seqsal.view", prompt, messages, documents, tools)
    with bars.show_progress(progress, tokens=options.get("max_new_tokens")):
        explainer = get_explainer(model, tokenizer, name=name, **options)
    source = ModelScores(explainer)
    return SalienceView(source, prompt, target, select=select, height=height, choices=choices)


def _view_of_result(result: Result, height: int | None, choices: dict[str, str]) -> "SalienceView":
    from seqsal.notebook.view.ranges import to_characters
    from seqsal.notebook.view.saved_scores import SavedScores
    from seqsal.notebook.view.widget import SalienceView

    source = SavedScores(result)
    return SalienceView(
        source,
        result.prompt,
        None if result.source == "response" else result.target,
        select=to_characters(source.sequence(result.prompt, result.target), result.selection),
        height=height,
        choices={**result.view} | choices,
    )


def _check_unused(**given: Any) -> None:
    if names := [name for name, value in given.items() if value is not None]:
        raise ValueError(
            f"seqsal.view takes a result without further arguments; got {', '.join(names)}. Call it"
            " with the model instead."
        )


def compare(
    views: Sequence[Any],
    *,
    model: Any = None,
    documents: Sequence[str | Mapping[str, str]] | None = None,
    tools: Sequence[Mapping[str, Any]] | None = None,
    height: int = 420,
    **options: Any,
) -> "Row":
    """Returns several views side by side, or one below the other in a narrow cell.

    The views share granularity, method and all other display settings. Selections are separate.

    Args:
        views: views, results, prompts, or tuples (model, prompt) or (model, prompt, target). Each
            prompt may be a list of messages in the OpenAI format, as in `seqsal.view`.
        model: the model of the entries that are only prompts or messages.
        documents: texts that the last user message of each list of messages is about.
        tools: the tools of each list of messages, as JSON schemas.
        height: the height in pixels of views that this call creates.
        **options: options of `seqsal.view` for the views that this call creates.

    Raises:
        ValueError: there are fewer than two entries, a prompt has no model, or there are documents
            or tools without messages.
        ModuleNotFoundError: anywidget is not installed.
    """
    _check_installed()
    from seqsal.notebook.view.row import Row

    if len(views) < 2:
        raise ValueError(f"seqsal.compare needs two views or more; got {len(views)}.")
    with_messages = {"documents": documents, "tools": tools}
    if not any(is_conversation(part) for each in views for part in _parts(each)[1:2]):
        for kind, given in with_messages.items():
            if given:
                raise ValueError(
                    f"seqsal.compare takes {kind} only with lists of messages; got none. Write"
                    " them into the prompts, or pass [{'role': ..., 'content': ...}] instead."
                )
    created = {"height": height, **options}
    return Row([_as_view(each, model, with_messages, created) for each in views])


def _as_view(
    given: Any, model: Any, with_messages: Mapping[str, Any], options: Mapping[str, Any]
) -> "SalienceView":
    from seqsal.notebook.view.widget import SalienceView

    if isinstance(given, SalienceView):
        return given
    if isinstance(given, Result):
        return view(given, height=options["height"])
    own, *texts = _parts(given)
    used = model if own is None else own
    if used is None or len(texts) not in (1, 2):
        raise ValueError(
            "seqsal.compare takes views, results, (model, prompt), (model, prompt, target), or"
            " prompts together with model=, where a prompt may be a list of messages; got"
            f" {given!r}."
        )
    prompt, *target = texts
    if is_conversation(prompt):
        options = {**options, **with_messages}
    return view(used, prompt, *target, **options)


def _parts(given: Any) -> tuple[Any, ...]:
    """Returns the model (None for that of the call), the prompt and the target of an entry."""
    if isinstance(given, tuple):
        return given if given else (None,)
    return (None, given) if isinstance(given, str) or is_conversation(given) else (None,)


def _check_installed() -> None:
    if importlib.util.find_spec("anywidget") is None:
        raise ModuleNotFoundError(
            "The view in a notebook needs anywidget, which is not installed. Install it with:"
            " pip install 'seqsal[notebook]'",
            name="anywidget",
        )
