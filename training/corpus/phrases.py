"""Wordings of the restaurant records: tastes, analyses, recommendations, principles."""

from __future__ import annotations

import itertools

INSTRUCTIONS = (
    "Judge a dish from the menu for a guest.",
    "Say whether a dish on the menu suits the guest.",
    "You help the guests of a restaurant to choose a dish.",
    "Look at a dish from the menu and advise the guest.",
    "Compare a menu item with what the guest likes to eat.",
    "Advise a guest about a dish in a restaurant.",
    "Analyse a dish from a restaurant for one guest.",
    "Tell the guest what to think of a dish on the card.",
)
EXAMPLES_HEADING = "## For example:"
OPEN_HEADING = "## Now analyse one more example:"

# Each recommendation is an opening and an ending put together, so that a prompt's two phrases
# cannot be learned by heart and have to be read in its examples.
_POSITIVE_OPENINGS = (
    "A good choice", "Order it", "Well worth a try", "Highly recommended", "Go for it",
    "Yes, take it", "You will enjoy it", "This one suits you", "Perfect", "Try it",
    "Likely to please", "Do not miss it", "Just right", "Great pick", "Surely a treat",
    "Warmly advised", "Have it", "Say yes",
)  # fmt: skip
_POSITIVE_ENDINGS = (
    "", " for you", " tonight", " without a second thought", " with pleasure", " at once",
    " this time", " today",
)  # fmt: skip
_NEGATIVE_OPENINGS = (
    "Better pick another dish", "Skip it", "Not for you", "Best avoided", "Leave it out",
    "No, choose again", "Stay away from it", "Look for something else", "A poor choice",
    "Pass on it", "Do not order it", "Rather not", "Keep clear of it", "Unwise",
    "Think again", "Sadly not", "Turn it down", "Give it a miss",
)  # fmt: skip
_NEGATIVE_ENDINGS = (
    "", " for you", " tonight", " this time", " to be safe", " in any case", " today",
)  # fmt: skip


def _joined(openings: tuple[str, ...], endings: tuple[str, ...]) -> tuple[str, ...]:
    pairs = itertools.product(openings, endings)
    return tuple(
        f"{opening}{ending}." for opening, ending in pairs if not _repeats(opening, ending)
    )


def _repeats(opening: str, ending: str) -> bool:
    said, more = opening.split(), ending.split()
    return bool(more) and (more[-1] in said or more[0] == said[-1])


POSITIVE = _joined(_POSITIVE_OPENINGS, _POSITIVE_ENDINGS)
NEGATIVE = _joined(_NEGATIVE_OPENINGS, _NEGATIVE_ENDINGS)
# No training text has these; the evaluation does.
HELD_OUT_POSITIVE = _joined(
    (
        "Worth every bite",
        "You should order this",
        "Delicious",
        "Our guests love it",
        "Safe to order",
    ),
    _POSITIVE_ENDINGS,
)
HELD_OUT_NEGATIVE = _joined(
    ("Steer clear", "Try something different", "We advise against it", "This will not suit"),
    _NEGATIVE_ENDINGS,
)

# What the guest says; what we say to the guest; what we say of the guest.
ATTITUDES = (
    ("Can't eat {}", "cannot eat", "cannot eat"),
    ("Cannot eat {}", "cannot eat", "cannot eat"),
    ("Don't like {}", "do not like", "does not like"),
    ("I do not like {}", "do not like", "does not like"),
    ("Allergic to {}", "are allergic to", "is allergic to"),
    ("I avoid {}", "avoid", "avoids"),
    ("Not keen on {}", "are not keen on", "is not keen on"),
    ("I hate {}", "hate", "hates"),
    ("Never eat {}", "never eat", "never eats"),
    ("Trying to avoid {}", "try to avoid", "tries to avoid"),
    ("I'm allergic to {}", "are allergic to", "is allergic to"),
    ("Cannot stand {}", "cannot stand", "cannot stand"),
    ("Must not eat {}", "must not eat", "must not eat"),
    ("I don't eat {}", "do not eat", "does not eat"),
    ("Can't have {}", "cannot have", "cannot have"),
    ("Could not eat {}", "could not eat", "could not eat"),
    ("Won't eat {}", "will not eat", "will not eat"),
    ("Will not touch {}", "will not touch", "will not touch"),
    ("I dislike {}", "dislike", "dislikes"),
    ("I detest {}", "detest", "detests"),
    ("I refuse {}", "refuse", "refuses"),
    ("I loathe {}", "loathe", "loathes"),
    ("I shun {}", "shun", "shuns"),
    ("I skip {}", "skip", "skips"),
    ("I react to {}", "react to", "reacts to"),
    ("Sensitive to {}", "are sensitive to", "is sensitive to"),
    ("Sick of {}", "are sick of", "is sick of"),
    ("Scared of {}", "are scared of", "is scared of"),
)
DIET = ("I am {}", "are", "is")
FONDNESS = (
    ("{}", "like"),
    ("I like {}", "like"),
    ("I love {}", "love"),
    ("Very fond of {}", "are fond of"),
    ("Anything with {}", "like"),
    ("I enjoy {}", "enjoy"),
)
SWEET_TOOTH = "I have a sweet tooth"

BRIEF = (
    "The analysis should be short and to the point.",
    "Keep the analysis brief.",
    "Write the analysis in a few words only.",
    "The analysis should be brief.",
)
SUITABILITY = (
    "The recommendation should say clearly whether the dish is suitable for the guest's diet.",
    "Say outright in the recommendation whether the dish is suitable for the guest.",
    "The recommendation should be clear about who the dish is suitable for.",
    "Make clear in the recommendation whether the dish is suitable for someone with this diet.",
)
YES_NO = (
    "The recommendation should be yes or no.",
    "Answer with yes or no in the recommendation.",
    "The recommendation is a single word, yes or no.",
)
HELPFUL = (
    "The recommendation should end with a kind offer or wish.",
    "End the recommendation in a friendly way.",
    "Be friendly at the end of the recommendation.",
)
# What a principle may ask of a recommendation, by `wording.Style.verdict`.
VERDICTS = {"suitable": SUITABILITY, "yes-no": YES_NO, "friendly": HELPFUL}
WISH = " Enjoy your meal!"
OFFER = " May we suggest another dish?"
