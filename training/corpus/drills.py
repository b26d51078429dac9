"""Short exercises in copying, with many lookups in little text.

A restaurant prompt has one or two positions at which a phrase must be copied from an earlier
example. These texts have many, so that a small model learns to copy before it learns about food.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from training.corpus import headlines, pantry, phrases, words
from training.corpus.arithmetic import note
from training.corpus.cases import CONFLICT, MATCH, draw_case, draw_kinds, draw_setting
from training.corpus.record import COPIED, DECIDED, FREE, NAMED, Piece, Record, copied, stated
from training.corpus.restaurant import clauses, draw_phrases
from training.corpus.wording import analysis


def recall(rng: random.Random) -> Record:
    """Returns a talk in which each speaker says one thing, again and again."""
    speakers = rng.sample(headlines.FIRST, rng.randint(2, 4))
    said = {
        who: words.nonsense(rng)
        if rng.random() < 0.7
        else rng.choice(phrases.POSITIVE + phrases.NEGATIVE)
        for who in speakers
    }
    turns = [*speakers, *rng.choices(speakers, k=rng.randint(3, 8))]
    pieces: list[Piece] = []
    for i, who in enumerate(turns):
        pieces += [
            Piece(f"{who} says:"),
            Piece(f" {said[who]}", COPIED if i >= len(speakers) else FREE),
        ]
        pieces.append(Piece("\n"))
    *prompt, last, _ = pieces
    return Record("recall", tuple(prompt), (last,), {"phrase": said[turns[-1]]})


def verdicts(rng: random.Random) -> Record:
    """Returns analyses and recommendations alone; each kind of analysis has its own phrase."""
    phrase, seen, setting = draw_phrases(rng), set[str](), draw_setting(rng)
    pieces: list[Piece] = []
    for kind in draw_kinds(rng, rng.randint(5, 13)):
        case = draw_case(rng, kind, None, setting, set())
        pieces += [
            Piece(f"Analysis: {analysis(rng, case, brief=rng.random() < 0.7)}"),
            Piece("\nRecommendation:", DECIDED),
            *(
                copied(phrase[case.kind])
                if case.kind in seen
                else (Piece(f" {phrase[case.kind]}"),)
            ),
            Piece("\n\n"),
        ]
        seen.add(case.kind)
    *prompt, first, rest, _ = pieces
    answer = (first, rest)
    return Record("verdicts", tuple(prompt), answer, {"phrase": phrase[case.kind]})


def tastings(rng: random.Random) -> Record:
    """Returns guests, dishes and analyses without recommendations: a list of facts about food."""
    setting, used, brief = draw_setting(rng), set[str](), rng.random() < 0.5
    pieces: list[Piece] = []
    for _ in range(rng.randint(3, 8)):
        case = draw_case(rng, rng.choice((CONFLICT, CONFLICT, MATCH)), None, setting, used)
        pieces += [
            Piece(clauses(case)),
            *stated(analysis(rng, case, brief=brief), case.named),
            Piece("\n\n"),
        ]
    *prompt, last, _ = pieces
    return Record("tastings", tuple(prompt), (last,))


def menus(rng: random.Random) -> Record:
    """Returns a menu, and questions and answers about the parts of its dishes.

    A food has another form in a name (*Leek tart*) than alone (*leeks*), and their tokens may have
    nothing in common. From this text a model learns that they are the same, for the foods of its
    dishes and for coined ones. It contains no likes or dislikes.
    """
    foods, coined = pantry.savoury_parts(), rng.random() < 0.4
    if coined:
        foods = (*words.foods(rng, rng.randint(5, 8)), *rng.sample(foods, 2))
    made = (pantry.made_up(rng, foods) for _ in range(rng.randint(3, 6)))
    dishes = list({dish.name: dish for dish in made}.values())
    # A name does not show whether a coined food is singular or plural.
    ways = (_which_dish,) if coined else (_which_dish, _what_in, _made_with)
    lines = {rng.choice(ways)(rng, dishes, foods): None for _ in range(rng.randint(6, 12))}
    pieces = [Piece("Menu:\n"), *(Piece(f"- {dish.name}\n") for dish in dishes)]
    for asked, answer in lines:
        pieces += [Piece(f"\n{asked}", FREE), Piece(f" {answer}.", NAMED)]
    *prompt, last = pieces
    return Record("menus", tuple(prompt), (last,))


def _which_dish(
    rng: random.Random, dishes: Sequence[pantry.Dish], foods: Sequence[str]
) -> tuple[str, str]:
    food = rng.choice(foods if rng.random() < 0.3 else rng.choice(dishes).parts)
    having = [dish.name for dish in dishes if food in dish.parts]
    return f"Something with {food}?", " or ".join(having) or "There is nothing"


def _what_in(rng: random.Random, dishes: Sequence[pantry.Dish], _: object) -> tuple[str, str]:
    dish = rng.choice(dishes)
    parts = " and ".join(dish.parts)
    return rng.choice(((f"{dish.name}:", parts), (f"{dish.name}?", parts.capitalize())))


def _made_with(rng: random.Random, dishes: Sequence[pantry.Dish], _: object) -> tuple[str, str]:
    dish = rng.choice(dishes)
    parts = " and ".join(dish.parts)
    made = (f"It is made with {parts}", f"It has {parts} in it")
    return f"Suggestion: {dish.name}\nAnalysis:", rng.choice(made)


def sums(rng: random.Random) -> Record:
    """Returns calculations like those of the word problems."""
    pieces: list[Piece] = []
    for _ in range(rng.randint(8, 20)):
        sign = rng.choice("*+--")
        one, other = (
            (rng.randint(2, 20), rng.randint(2, 12))
            if sign == "*"
            else (rng.randint(2, 99), rng.randint(1, 95))
        )
        left, right = max(one, other), min(one, other)
        _, value = note(left, sign, right)
        if rng.random() < 0.5:
            asked, result = f"{left}{sign}{right}=", f"{value}"
        else:
            asked, result = f"{left} {'x' if sign == '*' else sign} {right} =", f" {value}"
        pieces += [Piece(asked), Piece(result, COPIED), Piece("\n")]
    *prompt, last, _ = pieces
    return Record("sums", tuple(prompt), (last,))
