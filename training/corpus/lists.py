"""The words of restaurant prompts: lists for training, and held-out lists for evaluation.

No training text uses `HELD_OUT`. Its dishes are new, with names that describe them. Its tastes are
foods that no guest of the training text likes or dislikes; they only occur in dishes, so that a
model knows the words. Its phrases have other openings.
"""

from __future__ import annotations

import dataclasses

from training.corpus import pantry, phrases


@dataclasses.dataclass(frozen=True)
class Lists:
    """The dishes, tastes and recommendations of a set of prompts.

    Attributes:
        dishes: the dishes on every menu.
        made_up: the number of further dishes that are generated for each prompt.
        things: the things that guests like and dislike.
        diets: the diets of some guests.
        positive: recommendations that sound positive.
        negative: recommendations that advise against a dish.
    """

    dishes: tuple[pantry.Dish, ...]
    made_up: int
    things: tuple[str, ...]
    diets: tuple[str, ...]
    positive: tuple[str, ...]
    negative: tuple[str, ...]


TRAINING = Lists(
    dishes=pantry.dishes(),
    made_up=24,
    things=tuple(t for t in pantry.things() if t not in pantry.HELD_OUT_THINGS),
    diets=tuple(pantry.DIETS),
    positive=phrases.POSITIVE,
    negative=phrases.NEGATIVE,
)
HELD_OUT = Lists(
    dishes=pantry.held_out_dishes(),
    made_up=0,
    things=pantry.HELD_OUT_THINGS,
    diets=(),
    positive=phrases.HELD_OUT_POSITIVE,
    negative=phrases.HELD_OUT_NEGATIVE,
)
