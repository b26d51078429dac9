"""Coined and nonsense words, from which a model learns to read unknown words.

A model memorizes what follows a name that occurs in every tenth text. A word that was coined for
one prompt can only be looked up in that prompt.
"""

from __future__ import annotations

import random

_PLAIN = (
    "blue", "lantern", "river", "seven", "window", "quick", "stone", "paper", "green", "market",
    "silver", "open", "garden", "slow", "music", "never", "bright", "table", "north", "winter",
    "small", "clock", "always", "bridge", "round", "summer", "letter", "quiet", "ship", "golden",
    "run", "away", "wow", "yes", "no", "maybe", "wonderful", "awful", "good", "bad", "great",
    "the", "a", "it", "you", "is", "not", "very", "must", "have", "to", "try", "this", "likely",
    "worth", "fine", "well", "never", "stop", "go", "on", "chef", "kitchen", "says", "ok",
    "do", "of", "for", "we", "our", "will", "should", "would", "order", "take", "eat", "every",
    "guest", "dish", "that", "with", "against", "something", "suit", "safe", "best", "choose",
)  # fmt: skip
_THINGS = (
    "lantern", "ribbon", "harbour", "pebble", "candle", "meadow", "thimble", "saddle", "mitten",
    "anchor", "feather", "barrel", "curtain", "ladder", "pocket", "helmet", "kettle", "violin",
    "marble", "button", "basket", "hammer", "pillow", "tunnel", "magnet", "puppet", "umbrella",
    "spoon", "jar", "bucket", "blanket", "mirror", "carpet", "camera", "drum", "trumpet", "guitar",
    "wagon", "engine", "rocket", "planet", "comet", "cloud", "mountain", "forest", "island",
    "desert", "river", "fountain", "castle", "tower", "temple", "palace", "cottage", "orchard",
    "hedge", "gate", "wheel", "pedal", "handle", "hinge", "nail", "rivet", "rope", "chain",
    "needle", "thread", "collar", "sleeve", "jacket", "sweater", "sandal", "slipper", "boot",
    "coin", "medal", "crown", "jewel", "diamond", "crystal", "pearl", "coral", "whale", "dolphin",
    "falcon", "eagle", "sparrow", "robin", "beetle", "spider", "lizard", "turtle", "badger",
    "otter", "squirrel", "hedgehog", "camel", "tiger", "wizard", "giant", "dragon", "goblin",
    "sailor", "pilot", "farmer", "doctor", "painter", "poet", "singer", "dancer", "clown", "robot",
    "statue", "poster", "stamp", "parcel", "envelope", "notebook", "pencil", "crayon", "marker",
    "ruler", "eraser", "stapler", "folder", "drawer", "cupboard", "cabinet", "sofa", "cushion",
    "lamp", "bulb", "window", "door", "wall", "roof", "floor", "stair",
)  # fmt: skip
_STARTS = "b bl br c ch cl cr d dr f fl fr g gl gr h j k kl l m n p pl pr r s sk sl sn st t tr v w"
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ea", "ou", "oo", "y")
_ENDS = ("", "", "b", "ck", "d", "g", "l", "lt", "m", "n", "nd", "nk", "p", "r", "rn", "sh", "x")


def coined(rng: random.Random) -> str:
    """Returns a word of one to three random syllables."""
    starts = _STARTS.split()
    syllables = (
        rng.choice(starts) + rng.choice(_VOWELS) + rng.choice(_ENDS)
        for _ in range(rng.choice((1, 2, 2, 3)))
    )
    return "".join(syllables)


def foods(rng: random.Random, count: int) -> tuple[str, ...]:
    """Returns distinct words for invented foods, half of them in the plural."""
    words: dict[str, str] = {}  # By singular: a pebble and pebbles are one food.
    while len(words) < count:
        word = coined(rng) if rng.random() < 0.5 else rng.choice(_THINGS)
        if len(word) > 2 and not word.endswith(("s", "x", "sh", "ch", "y")):
            words[word] = word + rng.choice(("", "s"))
    return tuple(words.values())


def nonsense(rng: random.Random) -> str:
    """Returns a sentence of random words, some of them coined."""
    some_coined = rng.random() < 0.5
    words = [
        coined(rng) if some_coined and rng.random() < 0.4 else rng.choice(_PLAIN)
        for _ in range(rng.choice((1, 2, 3, 4, 5, 6)))
    ]
    text = " ".join(words)
    return text[0].upper() + text[1:] + rng.choice((".", ".", ".", "!"))
