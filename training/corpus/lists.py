"""What a restaurant prompt draws from: lists to train on, and lists held out to measure with.

Nothing of `HELD_OUT` is in any training text: its dishes are new ones whose names say what is in
them, its tastes are foods that no guest of the training text likes or dislikes (they are in
dishes there, or a model could not know the words), and its phrases have other openings.
"""

from __future__ import annotations

import dataclasses

from training.corpus import pantry, phrases


@dataclasses.dataclass(frozen=True)
class Lists:
    """The dishes, tastes and recommendations of a set of prompts.

    Attributes:
        dishes: the ones on every menu.
        made_up: how many dishes a prompt's menu has besides, made up for it.
        things: what guests like and dislike.
        diets: the diets that some guests keep instead.
        positive: recommendations that sound as if all were well.
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
