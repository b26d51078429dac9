"""The content of a view: the answer, its tokens, and the scores of the selection."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from seqsal.attribution.selection import Ranges
from seqsal.notebook.view.place import Place, fingerprint_of, parse_place
from seqsal.notebook.view.ranges import (
    parse_selection,
    to_characters,
    to_tokens,
    without_special,
)
from seqsal.notebook.view.score_source import ScoreSource
from seqsal.results.result import Result
from seqsal.results.scores import Salience


@dataclasses.dataclass(frozen=True)
class ViewContent:
    """A consistent set of answer, tokens, selection and scores.

    Attributes:
        result: the text, its tokens, and the scores of the selection.
        place: the selection in the notation of the page.
        characters: the selection as ranges of characters of prompt + answer.
        several: whether the model returned more than one answer.
    """

    result: Result
    place: Place
    characters: Ranges
    several: bool


def compute_content(
    source: ScoreSource,
    prompt: str,
    target: str | None,
    place: str,
    select: Any,
    *,
    from_page: bool,
) -> ViewContent:
    """Returns the content for a prompt and a selection.

    Args:
        source: computes or looks up answers, tokens and scores.
        prompt: the text that the model reads.
        target: the text after it; None or "" for the model's own answer.
        place: the current selection in the notation of the page.
        select: the new selection, as `SalienceView.selection` accepts it.
        from_page: whether to take the selection from `place` and ignore `select`.

    Raises:
        ValueError: the text does not fit into the context, or the selection is not in the text.
    """
    current = parse_place(place)
    answer, kind, index, several = _explained_text(source, prompt, target, current)
    encoding, fingerprint = source.sequence(prompt, answer), fingerprint_of(prompt, answer)
    if from_page:
        same_text = current is not None and current.fingerprint == fingerprint
        tokens = without_special(encoding, current.tokens if current and same_text else ())
    else:
        before = encoding.text_before(answer)
        tokens = to_tokens(encoding, parse_selection(select, before, answer))
    scores = source.scores(prompt, answer, [tokens]) if tokens else []
    result = Result(
        prompt=prompt,
        target=answer,
        tokens=encoding.pieces,
        special=encoding.special,
        token_ids=encoding.ids if any(encoding.ids) else (),
        salience=tuple(Salience(tokens, each) for each in scores),
        methods=source.methods,
        method_descriptions=source.method_descriptions,
        source=kind,
        selected=bool(tokens),
        messages=encoding.messages,
        thinking=encoding.thinking,
        omitted=encoding.omitted,
    )
    characters = to_characters(encoding, tokens)
    return ViewContent(result, Place(kind, index, fingerprint, tokens), characters, several)


def _explained_text(
    source: ScoreSource, prompt: str, target: str | None, place: Place | None
) -> tuple[str, str, int, bool]:
    """Returns the text after the prompt, its kind, its index, and whether there are others."""
    if target:
        return target, "target", 0, False
    answers = [each.text for each in source.answers(prompt)]
    index = _shown_index(prompt, answers, place)
    return answers[index], "response", index, len(answers) > 1


def _shown_index(prompt: str, answers: Sequence[str], place: Place | None) -> int:
    """Returns the index of the answer that the page shows.

    The fingerprint comes first: a page that was opened from a file knows only the saved answer, so
    its index counts from there.
    """
    if place is None:
        return 0
    fingerprints = [fingerprint_of(prompt, each) for each in answers] if len(answers) > 1 else []
    if place.fingerprint in fingerprints:
        return fingerprints.index(place.fingerprint)
    return min(place.index, len(answers) - 1)


def with_cached_selections(
    result: Result, source: ScoreSource, choices: Mapping[str, str]
) -> Result:
    """Returns a result with all that is cached of its text, and the display choices."""
    cached = source.cached_salience(result.prompt, result.target)
    alone = [each for each in cached if _is_alone(each, result.selection)]
    passed = choices.get("thinking") == "passed on"
    # Of both maps of the selection, the one that the page shows.
    shown = sorted(alone, key=lambda each: each.through_thinking != passed)[:1]
    others = [each for each in cached if each not in shown]
    return dataclasses.replace(
        result,
        salience=(*(shown or result.salience), *others),
        logprobs=source.cached_logprobs(result.prompt, result.target),
        view=dict(choices),
    )


def _is_alone(salience: Salience, selection: Ranges) -> bool:
    """Returns whether salience is of a selection that is explained alone."""
    return salience.selection == selection and salience.contrast is None
