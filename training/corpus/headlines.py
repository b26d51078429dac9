"""Short stories from a local newspaper, each with a headline of a few words."""

from __future__ import annotations

import random

from training.corpus.record import COPIED, DECIDED, Piece, Record

FIRST = (
    "Rosa", "Oskar", "Ines", "Marta", "Jonas", "Priya", "Emil", "Lucia", "Anton", "Greta", "Hana",
    "Milo", "Nadia", "Otto", "Petra", "Rafael", "Selma", "Tariq", "Ursula", "Viktor", "Wendy",
    "Yara", "Zeno", "Clara", "David",
)  # fmt: skip
LAST = (
    "Lind", "Bell", "Marlow", "Frost", "Hale", "Novak", "Sato", "Weber", "Costa", "Reed", "Stone",
    "Fields", "Young", "Brook", "Karim", "Lopez", "Nash", "Page", "Quill", "Rowe", "Swan", "Todd",
    "Vance", "West", "Winter",
)  # fmt: skip
TOWNS = (
    "Millbrook", "Fernhill", "Harwick", "Ashford", "Stonebridge", "Oakham", "Redmouth", "Larkfield",
    "Westbury", "Elmstead", "Greyport", "Northgate", "Wellow", "Summerton", "Hollin", "Brackley",
    "Kingsmere", "Dunford", "Saltby", "Thornley",
)  # fmt: skip
_TIMES = (
    "Early on Saturday", "On Sunday", "Last Monday", "On Tuesday evening", "On Wednesday",
    "This Thursday", "Late on Friday", "Yesterday", "This week", "At the weekend",
)  # fmt: skip

# What a town does: in the story, in the headline, and what else the story says of it.
_TOWN_EVENTS = (
    ("opened a new footbridge", "opens new footbridge", "It took two years to build."),
    ("planted a hundred trees", "plants a hundred trees", "Schools helped to dig the holes."),
    ("closed its old cinema", "closes old cinema", "The last film was shown to a full house."),
    ("began a night bus service", "starts night bus", "The bus runs every hour until two."),
    ("held its first book fair", "holds first book fair", "More than forty sellers came."),
    ("repaired the clock tower", "repairs clock tower", "The clock had stood still for a year."),
    ("banned cars from the square", "bans cars from square", "Shops hope for more visitors."),
    ("cleaned up the river bank", "cleans up river bank", "Bags of rubbish filled three trucks."),
    ("turned a car park into a park", "turns car park into park", "There are swings and a pond."),
    ("voted for a new library", "votes for new library", "Building is to begin in spring."),
    ("lost power for a night", "loses power for a night", "A storm had brought down a line."),
    ("welcomed a circus", "welcomes circus", "The tent stands on the old fairground."),
)
# The same for a person.
_PERSON_EVENTS = (
    ("won the village bake-off", "wins village bake-off", "The judges praised a plum cake."),
    ("found a lost painting", "finds lost painting", "It had hung in a school for years."),
    ("swam across the lake", "swims across lake", "The water was twelve degrees cold."),
    ("opened a small bakery", "opens small bakery", "The first loaves were gone by nine."),
    ("rescued a cat from a roof", "rescues cat from roof", "The cat is well and at home."),
    ("built a boat out of bottles", "builds boat out of bottles", "It floats and carries two."),
    ("won the chess cup", "wins chess cup", "The last game lasted six hours."),
    ("gave a piano to the school", "gives piano to school", "It was tuned the same day."),
    ("grew a giant pumpkin", "grows giant pumpkin", "It weighs more than a small car."),
    (
        "ran the hill race in record time",
        "sets record in hill race",
        "The old record had stood since May.",
    ),
    ("returned a book after fifty years", "returns book after fifty years", "There was no fine."),
    ("retired after forty years as a postman", "retires as postman", "Neighbours gave a party."),
)
_ASIDES = (
    "It rained all day.", "The mayor gave a speech.", "A brass band played.", "Many people came.",
    "The sun shone for once.", "Coffee and cake were served.", "It was a quiet day otherwise.",
    "The news spread quickly.",
)  # fmt: skip


def record(rng: random.Random) -> Record:
    """Returns one story and its headline; some prompts ask for the place to be named."""
    name, town = f"{rng.choice(FIRST)} {rng.choice(LAST)}", rng.choice(TOWNS)
    when, wants_place = rng.choice(_TIMES), rng.random() < 0.35
    if rng.random() < 0.5:
        did, head, detail = rng.choice(_TOWN_EVENTS)
        lead = f"{when}, the town of {town} {did}."
        person = f"{name}, who lives nearby, was among the first to see it."
        headline, sentences = f"{town} {head}", [detail, rng.choice((person, rng.choice(_ASIDES)))]
    else:
        did, head, detail = rng.choice(_PERSON_EVENTS)
        lead = f"{when}, {name} from {town} {did}."
        headline, sentences = f"{name} {head}", [detail, rng.choice(_ASIDES)]
        headline += f" in {town}" if wants_place else ""
    sentences = [lead, *sentences]
    if rng.random() < 0.3:
        sentences.insert(0, rng.choice(_ASIDES))
    ask = "Write a short headline for the story." + (" Name the place." if wants_place else "")
    prompt = (Piece(f"{ask}\n\nStory: {' '.join(sentences)}\n\n"), Piece("Headline:", DECIDED))
    return Record("headline", prompt, (Piece(f" {headline}", COPIED),), {"headline": headline})
