"""The Sequence Salience view in a notebook's cell, and several of them side by side."""

import importlib.util
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from seqsal.attribution.explainers import explainer_of
from seqsal.models.progress import bars
from seqsal.results.result import Result
from seqsal.results.selection import Selection

if TYPE_CHECKING:
    from seqsal.notebook.view.row import Row
    from seqsal.notebook.view.widget import SalienceView


def view(
    model: Any,
    prompt: str | None = None,
    target: str | None = None,
    *,
    select: Selection = None,
    tokenizer: Any = None,
    name: str | None = None,
    height: int | None = None,
    granularity: str | None = None,
    method: str | None = None,
    aggregation: str | None = None,
    progress: bool | None = None,
    **options: Any,
) -> "SalienceView":
    """Returns the view of a prompt, for the cell of a notebook; no server and no port is needed.

    Args:
        model: a path, the models of `seqsal.get_models`, or a model of Transformers or keras-hub
            in memory, as `seqsal.explain` takes it; or a result of it, which needs no prompt.
        prompt: what the model reads.
        target: what follows it and shall be explained; None for the model's own answer.
        select: what is explained at first: a text that occurs once in the target or answer; a
            range (start, end) of characters of prompt + answer; None for nothing.
        tokenizer: the tokenizer of a Transformers model in memory.
        name: which of several models of `seqsal.get_models`.
        height: in pixels; None for what the text needs, within bounds.
        granularity: tokens, words, sentences, lines or paragraphs; None for sentences, or what
            the result says.
        method: grad_l2 or grad_dot_input; None for the first.
        aggregation: sum, mean or max over the tokens of a segment; None for the sum.
        progress: whether bars tell how far loading is; None: in a notebook or a terminal.
        **options: fields of `seqsal.Options` about models and answers.

    Raises:
        ValueError: the model can not be loaded, the prompt is empty, or an option is wrong.
        ModuleNotFoundError: anywidget is not installed.
    """
    _check_installed()
    from seqsal.notebook.view.texts import ViewTexts
    from seqsal.notebook.view.widget import SalienceView

    wanted = {"granularity": granularity, "method": method, "aggregation": aggregation}
    choices = {name: choice for name, choice in wanted.items() if choice is not None}
    if isinstance(model, Result):
        _check_nothing_else(prompt=prompt, target=target, select=select, **options)
        return _of_result(model, height, choices)
    if prompt is None:
        raise ValueError("seqsal.view needs a prompt beside the model; got none.")
    with bars.shown(progress, tokens=options.get("max_new_tokens")):
        explainer = explainer_of(model, tokenizer, name=name, **options)
    texts = ViewTexts(explainer)
    return SalienceView(texts, prompt, target, select=select, height=height, choices=choices)


def _of_result(result: Result, height: int | None, choices: dict[str, str]) -> "SalienceView":
    from seqsal.notebook.view.place import to_characters
    from seqsal.notebook.view.texts import SavedTexts
    from seqsal.notebook.view.widget import SalienceView

    texts = SavedTexts(result)
    return SalienceView(
        texts,
        result.prompt,
        None if result.source == "response" else result.target,
        select=to_characters(texts.sequence(result.prompt, result.target), result.selection),
        height=height,
        choices={**result.view} | choices,
    )


def _check_nothing_else(**given: Any) -> None:
    if names := [name for name, value in given.items() if value is not None]:
        raise ValueError(
            f"A result is shown as it is; there is no use for {', '.join(names)}. Call seqsal.view"
            " with the model instead."
        )


def compare(views: Sequence[Any], *, model: Any = None, height: int = 420, **options: Any) -> "Row":
    """Returns several views side by side, or below each other where the cell is narrow.

    They show the same granularity, method and so on: changing one changes the others. Its `views`
    are in step with the page, each by itself.

    Args:
        views: what `seqsal.view` or `seqsal.explain` returned, or prompts, or (model, prompt) or
            (model, prompt, target).
        model: of those that are only prompts.
        height: of the views that are made here, in pixels.
        **options: as `seqsal.view` takes them, for the views that are made here.

    Raises:
        ValueError: there are fewer than two, or a prompt has no model.
        ModuleNotFoundError: anywidget is not installed.
    """
    _check_installed()
    from seqsal.notebook.view.row import Row

    if len(views) < 2:
        raise ValueError(f"Comparing takes two views or more; got {len(views)}.")
    return Row([_made(each, model, height=height, **options) for each in views])


def _made(given: Any, model: Any, **options: Any) -> "SalienceView":
    from seqsal.notebook.view.widget import SalienceView

    if isinstance(given, SalienceView):
        return given
    if isinstance(given, Result):
        return view(given, height=options["height"])
    parts = (model, given) if isinstance(given, str) else given
    if not isinstance(parts, tuple) or len(parts) not in (2, 3) or parts[0] is None:
        raise ValueError(
            "To compare, give views, results, (model, prompt), (model, prompt, target), or prompts"
            f" together with model=; got {given!r}."
        )
    return view(*parts, **options)


def _check_installed() -> None:
    if importlib.util.find_spec("anywidget") is None:
        raise ModuleNotFoundError(
            "The view in a notebook needs anywidget, which is not installed. Install it with:"
            " pip install 'seqsal[notebook]'",
            name="anywidget",
        )
