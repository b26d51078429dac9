"""Few-shot prompts of a restaurant that advises its guests.

Each prompt draws one recommendation for dishes that conflict with a guest's taste and one for
dishes that match. Only the examples show them, so the answer depends on the examples. In a third of
the prompts the recommendation for a conflict sounds positive, and in another third the phrases are
nonsense.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from training.corpus import phrases, words
from training.corpus.cases import (
    CONFLICT,
    MATCH,
    Case,
    draw_case,
    draw_guest,
    draw_kinds,
    draw_setting,
)
from training.corpus.lists import TRAINING, Lists
from training.corpus.record import DECIDED, FREE, Piece, Record, copied, stated
from training.corpus.wording import Style, analysis, verdict


def draw_phrases(rng: random.Random, lists: Lists = TRAINING) -> dict[str, str]:
    """Returns the recommendation for each kind: sensible, swapped, nonsense, or of one tone.

    Only in a fifth of the prompts does the tone of a phrase match its kind. Otherwise a model would
    learn to use the tone instead of the examples.
    """
    chance = rng.random()
    if chance < 0.22:
        return {CONFLICT: rng.choice(lists.negative), MATCH: rng.choice(lists.positive)}
    if chance < 0.27:
        positive = rng.choice(lists.positive)
        return {CONFLICT: positive, MATCH: positive}
    if chance < 0.35:
        return {CONFLICT: rng.choice(lists.positive), MATCH: rng.choice(lists.negative)}
    if chance < 0.7:
        return {CONFLICT: words.nonsense(rng), MATCH: words.nonsense(rng)}
    of_one_tone = lists.positive if rng.random() < 0.75 else lists.negative
    conflict, match = rng.sample(of_one_tone, 2)
    return {CONFLICT: conflict, MATCH: match}


def record(
    rng: random.Random,
    *,
    kinds: Sequence[str] | None = None,
    phrase: dict[str, str] | None = None,
    plain: bool = False,
    lists: Lists = TRAINING,
) -> Record:
    """Returns one few-shot prompt with its answer.

    With the same state of `rng` and the same kinds, two prompts differ only in what the other
    arguments change. So a prompt can be compared with itself with a wrong example.

    Args:
        rng: the random generator.
        kinds: `conflict` or `match` for each example and, last, for the open one; drawn if None.
        phrase: the recommendation of each kind; drawn if None.
        plain: no principles.
        lists: the words of the prompt.
    """
    kinds = kinds or draw_kinds(rng, rng.choices((2, 3, 4, 6, 8), (30, 30, 15, 15, 10))[0])
    drawn = draw_phrases(rng, lists)
    phrase = phrase or drawn
    setting, used = draw_setting(rng, lists), set[str]()
    guest = draw_guest(rng, setting) if rng.random() < 0.4 else None
    *shown, last = [draw_case(rng, kind, guest, setting, used) for kind in kinds]
    style, bullets = draw_principles(rng)
    if plain:
        style, bullets = Style(), []
    shown_style = style if rng.random() < 0.3 else Style()
    answer = (
        *stated(analysis(rng, last, brief=style.brief), last.named),
        Piece("\nRecommendation:", FREE),
        *copied(verdict(last, phrase[last.kind], style)),
    )
    notes = {
        "kind": last.kind,
        "phrase": phrase[last.kind],
        "other": phrase[MATCH if last.kind == CONFLICT else CONFLICT],
        "verdict": style.verdict,
        "brief": "brief" if style.brief else "",
        "hit": last.named or "",
        "kinds": " ".join(kinds[:-1]),
    }
    return Record(
        "restaurant", _prompt(rng, shown, last, phrase, shown_style, bullets), answer, notes
    )


def draw_principles(rng: random.Random) -> tuple[Style, list[str]]:
    """Returns a style and the bullets that demand it; half of the prompts have none."""
    if rng.random() < 0.5:
        return Style(), []
    brief = rng.random() < 0.6
    kinds: Sequence[str] = ("suitable", "suitable", "yes-no", "friendly", "friendly")
    chosen = rng.choice([*kinds, "copy", "copy"] if brief else kinds)
    bullets = [rng.choice(phrases.BRIEF)] if brief else []
    if chosen != "copy":
        bullets.append(rng.choice(phrases.VERDICTS[chosen]))
    return Style(brief, chosen), bullets


def _prompt(
    rng: random.Random,
    shown: Sequence[Case],
    last: Case,
    phrase: dict[str, str],
    style: Style,
    bullets: Sequence[str],
) -> tuple[Piece, ...]:
    principles = "".join(f"* {line}\n" for line in bullets)
    principles += "\n" if bullets else ""
    before = rng.random() < 0.5
    pieces = [Piece(f"{rng.choice(phrases.INSTRUCTIONS)}\n\n{principles if before else ''}")]
    pieces.append(Piece(f"{phrases.EXAMPLES_HEADING}\n\n"))
    seen: set[str] = set()
    for i, case in enumerate(shown):
        said = verdict(case, phrase[case.kind], style)
        # The first phrase of a kind is new; later ones are copies.
        known = case.kind in seen or style.verdict in ("suitable", "yes-no")
        seen.add(case.kind)
        pieces += [
            Piece(clauses(case), DECIDED if i and case.guest == shown[0].guest else FREE),
            *stated(analysis(rng, case, brief=style.brief), case.named),
            Piece("\nRecommendation:"),
            *(copied(said) if known else (Piece(f" {said}"),)),
            Piece("\n\n"),
        ]
    pieces.append(Piece(f"{'' if before else principles}{phrases.OPEN_HEADING}\n\n"))
    pieces.append(Piece(clauses(last)))
    return tuple(pieces)


def clauses(case: Case) -> str:
    """Returns the clauses of a case up to its analysis."""
    return (
        f"Taste-likes: {case.guest.taste_likes}\n"
        f"Taste-dislikes: {case.guest.taste_dislikes}\n"
        f"Suggestion: {case.dish.name}\n"
        "Analysis:"
    )
