"""The wording of the analysis and the recommendation of a case."""

from __future__ import annotations

import dataclasses
import random
import re

from training.corpus import pantry, phrases
from training.corpus.cases import CONFLICT, MATCH, Case, as_food


@dataclasses.dataclass(frozen=True)
class Style:
    """The style that the principles of a prompt demand.

    Attributes:
        brief: whether the analysis is reduced to the decisive part.
        verdict: "copy" (the phrase of the examples), "suitable", "yes-no" or "friendly".
    """

    brief: bool = False
    verdict: str = "copy"


def analysis(rng: random.Random, case: Case, *, brief: bool) -> str:
    """Returns the text of the `Analysis:` clause of a case, without a leading space."""
    if case.bad:
        return _conflict(rng, case, case.bad, brief=brief)
    return _match(rng, case, brief=brief)


def _conflict(rng: random.Random, case: Case, bad: str, *, brief: bool) -> str:
    verb, hit = case.guest.attitude[1], case.dish.hits(bad)
    form = _a(case.dish.form)
    reason = f", which you {verb}." if hit == bad else f", and you {verb} {bad}."
    if bad in pantry.FEATURES:
        reason = f", and you {verb} {bad} food."
        if brief:
            return f"{bad.capitalize()}{reason}"
        return rng.choice((f"It is {hit}{reason}", f"{form} that is {hit}{reason}"))
    if brief:
        return f"{str(hit).capitalize()}{reason}"
    if case.good and case.good not in pantry.FEATURES and rng.random() < 0.6:
        return f"{form} with {case.dish.hits(case.good)}, but also {hit}{reason}"
    return _stated(rng, form, str(hit), reason)


def _match(rng: random.Random, case: Case, *, brief: bool) -> str:
    form, verb = _a(case.dish.form), case.guest.fondness[1]
    if case.good is None:
        if brief:
            return "Nothing that you avoid."
        # A model must not learn that nobody dislikes a held-out food.
        parts = [part for part in case.dish.parts if part not in pantry.HELD_OUT_THINGS]
        part = rng.choice(parts or case.dish.parts)
        return _stated(rng, form, part, ", and nothing that you avoid.")
    hit = case.dish.hits(case.good)
    if case.good in pantry.FEATURES:
        end = rng.choice((", just as you like it.", ", which suits you."))
        if brief:
            return f"{case.good.capitalize()}{end}"
        return rng.choice((f"It is {hit}{end}", f"{form} that is {hit}{end}"))
    end = rng.choice((f", which you {verb}.", ", just what you like."))
    if hit != case.good:
        end = f", and you {verb} {case.good}."
    if brief:
        return f"{str(hit).capitalize()}{end}"
    return _stated(rng, form, str(hit), end)


def _stated(rng: random.Random, form: str, part: str, end: str) -> str:
    openings = (f"It is made with {part}", f"It has {part} in it", f"{form} with {part}")
    return rng.choice(openings) + end


def kind_of(analysis: str) -> str:
    """Returns the kind of case that an analysis states with its last words."""
    endings = ("nothing that you avoid", "what you like", "as you like it", "which suits you")
    if any(ending in analysis.lower() for ending in endings):
        return MATCH
    fond = re.search(r"you (like|love|enjoy|are fond of)\b", analysis)
    return MATCH if fond else CONFLICT


def _a(form: str) -> str:
    return f"An {form}" if form[0] in "aeiou" else f"A {form}"


def verdict(case: Case, phrase: str, style: Style) -> str:
    """Returns the text of the `Recommendation:` clause, given the phrase of the case's kind."""
    conflict = case.kind == CONFLICT
    if style.verdict == "suitable":
        of_guest, thing = case.guest.attitude[2], as_food(case.bad or case.guest.dislikes[0])
        return f"{'Not suitable' if conflict else 'Suitable'} for someone who {of_guest} {thing}."
    if style.verdict == "yes-no":
        return "No." if conflict else "Yes."
    if style.verdict == "friendly":
        return phrase + (phrases.OFFER if conflict else phrases.WISH)
    return phrase
