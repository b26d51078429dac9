"""What a view shows, worked out: the answer, its tokens, and the scores of what is selected."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from seqsal.notebook.view.place import (
    Place,
    Ranges,
    parse_place,
    print_of,
    to_characters,
    to_tokens,
    without_special,
)
from seqsal.notebook.view.selection import ranges_of
from seqsal.notebook.view.texts import ViewTexts
from seqsal.results.result import Result
from seqsal.results.scores import Salience


@dataclasses.dataclass(frozen=True)
class Settled:
    """What belongs together.

    Attributes:
        result: the text, its tokens, and the scores of what is selected.
        place: the same selection, as the page writes it.
        characters: and as characters.
        several: whether the model gave other answers, too.
    """

    result: Result
    place: Place
    characters: Ranges
    several: bool


def settle(
    texts: ViewTexts, prompt: str, target: str | None, at: str, wish: Any, *, follow: bool
) -> Settled:
    """Returns what a view shall show.

    Args:
        texts: the model.
        prompt: what it reads.
        target: what follows; None or "" for the model's own answer.
        at: where the page stands, in its own words.
        wish: what shall be selected, as `SalienceView.selection` may be set.
        follow: whether instead of the wish it is what the page has selected.

    Raises:
        ValueError: the text does not fit, or the wish is none of it.
    """
    place = parse_place(at)
    source, index, answer, several = "target", 0, target, False
    if not answer:
        answers = [each.text for each in texts.answers(prompt)]
        source, index, several = "response", _chosen(prompt, answers, place), len(answers) > 1
        answer = answers[index]
    encoding, mark = texts.sequence(prompt, answer), print_of(prompt, answer)
    if follow:
        chosen = place.tokens if place is not None and place.print == mark else ()
        tokens = without_special(encoding, chosen)
    else:
        tokens = to_tokens(encoding, ranges_of(wish, prompt, answer))
    scores = texts.scores(prompt, answer, [tokens]) if tokens else []
    result = Result(
        prompt=prompt,
        target=answer,
        tokens=encoding.pieces,
        special=encoding.special,
        token_ids=encoding.ids if any(encoding.ids) else (),
        salience=tuple(Salience(tokens, each) for each in scores),
        methods=texts.methods,
        source=source,
        selected=bool(tokens),
    )
    characters = to_characters(encoding, tokens)
    return Settled(result, Place(source, index, mark, tokens), characters, several)


def _chosen(prompt: str, answers: Sequence[str], place: Place | None) -> int:
    """Returns which of the answers the page shows; it counts those only that it knows."""
    if place is None:
        return 0
    marks = [print_of(prompt, each) for each in answers] if len(answers) > 1 else []
    return marks.index(place.print) if place.print in marks else min(place.index, len(answers) - 1)


def with_all(result: Result, texts: ViewTexts, choices: Mapping[str, str]) -> Result:
    """Returns a result with all selections that are kept, and the choices of a display."""
    kept = texts.kept(result.prompt, result.target)
    others = [Salience(each, scores) for each, scores in kept if each != result.selection]
    return dataclasses.replace(
        result,
        salience=(*result.salience, *others),
        logprobs=texts.kept_logprobs(result.prompt, result.target),
        view=dict(choices),
    )
