"""Guests, dishes, and whether a dish matches the tastes of a guest."""

from __future__ import annotations

import dataclasses
import random

from training.corpus import pantry, phrases, words
from training.corpus.lists import TRAINING, Lists

CONFLICT = "conflict"
MATCH = "match"


@dataclasses.dataclass(frozen=True)
class Guest:
    """The tastes of a guest, and their wording."""

    likes: tuple[str, ...]
    dislikes: tuple[str, ...]
    fondness: tuple[str, str]
    attitude: tuple[str, str, str]

    @property
    def taste_likes(self) -> str:
        """The text of the `Taste-likes:` clause."""
        if self.likes == ("sweet",):
            return phrases.SWEET_TOOTH
        text = self.fondness[0].format(" and ".join(as_food(x) for x in self.likes))
        return text[0].upper() + text[1:]

    @property
    def taste_dislikes(self) -> str:
        """The text of the `Taste-dislikes:` clause."""
        return self.attitude[0].format(" or ".join(as_food(x) for x in self.dislikes))


@dataclasses.dataclass(frozen=True)
class Case:
    """A guest and a dish, with the disliked (`bad`) and liked (`good`) things in it."""

    guest: Guest
    dish: pantry.Dish
    bad: str | None
    good: str | None

    @property
    def kind(self) -> str:
        """`conflict` if the dish has something that the guest dislikes, else `match`."""
        return CONFLICT if self.bad else MATCH

    @property
    def named(self) -> str | None:
        """The part or feature of the dish that decides the case, or None."""
        deciding = self.bad or self.good
        return self.dish.hits(deciding) if deciding else None


def as_food(thing: str) -> str:
    """Returns the wording of a thing in a list of tastes: "spicy food" for a feature."""
    return f"{thing} food" if thing in pantry.FEATURES else thing


@dataclasses.dataclass(frozen=True)
class Setting:
    """The menu and the tastes from which one prompt is generated."""

    menu: tuple[pantry.Dish, ...]
    things: tuple[str, ...]
    lists: Lists


def draw_setting(rng: random.Random, lists: Lists = TRAINING) -> Setting:
    """Returns a setting; half of the training settings have coined foods.

    A model memorizes facts about real foods. With a coined food it has to compare the taste of the
    guest with the name of the dish.
    """
    if not lists.made_up:
        return Setting(lists.dishes, lists.things, lists)
    coined = words.foods(rng, rng.randint(4, 7)) if rng.random() < 0.5 else ()
    made_up = tuple(pantry.made_up(rng, coined) for _ in range(lists.made_up))
    if not coined:
        return Setting((*lists.dishes, *made_up), lists.things, lists)
    known = rng.sample(lists.dishes, lists.made_up // 2), rng.sample(lists.things, 3)
    return Setting((*known[0], *made_up), (*coined, *known[1]), lists)


def draw_guest(rng: random.Random, setting: Setting) -> Guest:
    """Returns a guest with one or two likes and one or two dislikes, no thing in both."""
    lists = setting.lists
    chosen = rng.sample(setting.things, 4)
    likes, dislikes = chosen[: rng.choice((1, 1, 2))], chosen[2 : rng.choice((3, 3, 4))]
    if rng.random() < 0.1:
        likes = ["sweet"]
    dislikes = [x for x in dislikes if x not in likes] or ["olives"]
    fondness, attitude = rng.choice(phrases.FONDNESS), rng.choice(phrases.ATTITUDES)
    if lists.diets and rng.random() < 0.06:
        diet = rng.choice(lists.diets)
        likes = [x for x in likes if x in pantry.FEATURES] or ["mushrooms"]
        return Guest(tuple(likes), (diet,), fondness, phrases.DIET)
    return Guest(tuple(likes), tuple(dislikes), fondness, attitude)


def make_case(guest: Guest, dish: pantry.Dish) -> Case:
    """Returns the case of a guest and a dish, with the first matching tastes."""
    bad = next((x for x in guest.dislikes if dish.hits(x)), None)
    good = next((x for x in guest.likes if dish.hits(x) and x != bad), None)
    return Case(guest, dish, bad, good)


def _kind(guest: Guest, dish: pantry.Dish) -> str:
    """Returns the kind of `make_case(guest, dish)`, at a lower cost."""
    return CONFLICT if any(map(dish.hits, guest.dislikes)) else MATCH


def draw_case(
    rng: random.Random,
    kind: str,
    guest: Guest | None,
    setting: Setting,
    used: set[str],
) -> Case:
    """Returns a case of the kind, with a dish that the prompt has not used.

    Args:
        rng: the random generator.
        kind: `conflict` or `match`.
        guest: the guest, or None for a new one.
        setting: the menu and the tastes.
        used: the names of the dishes that the prompt already has; the new one is added.
    """
    for _ in range(1000):
        someone = guest or draw_guest(rng, setting)
        # Liked and disliked parts are often in one dish; otherwise liked parts would decide alone.
        wants_liked = rng.random() < 0.75
        order = rng.sample(setting.menu, len(setting.menu))
        fitting = (d for d in order if _kind(someone, d) == kind and d.name not in used)
        cases = (make_case(someone, dish) for dish in fitting)
        case = next((c for c in cases if c.good or not wants_liked), None)
        if case:
            used.add(case.dish.name)
            return case
        guest = None
    raise ValueError(
        f"No case of kind {kind!r} was found in 1000 attempts. Use a setting with more dishes."
    )


def draw_kinds(rng: random.Random, count: int) -> list[str]:
    """Returns the kinds of the examples and, last, of the open one; examples show both kinds."""
    kinds = [CONFLICT, MATCH] + [rng.choice((CONFLICT, MATCH)) for _ in range(count - 2)]
    rng.shuffle(kinds)
    return [*kinds, rng.choice((CONFLICT, MATCH))]
