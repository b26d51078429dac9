"""Invented facts, one a sentence: kinds of statements with a question about each."""

import dataclasses
import random
import re
from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PEOPLE: Final = _words(
    "Mira Tobias Ingrid Pavel Yusuf Leonor Anouk Dmitri Farah Gideon Hanna Ivo Jolanda Kofi Lotte"
    " Marek Nadia Orla Pippa Quentin Rosa Stefan Tamsin Ulrich Vera Wilma Xander Yara Zeno Agnes"
    " Bruno Clara Doris Emil Fiona Greta Hugo Irma Jasper Karim Linus Magda Niels Olga Petra Rufus"
    " Silvia Tessa Ursula Viktor Walter Yvonne Zelda Amira Boris Celia Dario Elke Flora Goran Heidi"
    " Igor Jonas Kira Lucas Mona Nora Oskar Paula Ralf Selma Timo Una Vincent Wanda Yann Zara Aldo"
    " Berta Cosima Detlef Edda Felix Gustav Hilda Isolde Jakob Klara Lorenz Martha Norbert Otto"
    " Philippa Renate Sabine Theo Udo Valerie Wendel Ada Bela Cyril"
)
LANDS: Final = _words(
    "Veldoria Kastan Orlune Tarsia Brevany Quorin Maldoria Sennet Ulvia Drask Pellano Zamir Ostrea"
    " Lunmark Girova Haskel Nortia Felmar"
)
DEVICES: Final = _words(
    "printer router safe tablet server alarm laptop gate locker archive scanner camera vault"
    " terminal mailbox cash-desk"
)
SHOPS: Final = _words(
    "bakery florist butcher library museum pharmacy bank market cinema gallery barber chapel"
    " workshop nursery bookshop aquarium"
)
STATIONS: Final = _words(
    "Ashford Bramley Colwick Dunmore Elmstead Foxton Grimsby Holloway Ilford Jarrow Kelso Langley"
    " Marlow Norwick Oakham Penrith"
)


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of fact.

    Attributes:
        sentence: the statement, with {who} and {what}.
        question: asks for {what}.
        subjects: what {who} may be.
        values: what {what} may be; the answer has to hold it.
    """

    sentence: str
    question: str
    subjects: tuple[str, ...]
    values: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Fact:
    """A statement with its question and answer."""

    sentence: str
    question: str
    who: str
    what: str


def _kind(sentence: str, question: str, subjects: tuple[str, ...], values: str) -> Kind:
    return Kind(sentence, question, subjects, tuple(each.strip() for each in values.split(",")))


KINDS: Final = (
    _kind(
        "{who} lives in {what}.",
        "In which city does {who} live?",
        PEOPLE,
        "Lisbon, Vienna, Madrid, Dublin, Warsaw, Athens, Cairo, Toronto, Nairobi, Osaka, Prague,"
        " Helsinki, Boston, Chicago, Sydney, Havana, Geneva, Naples",
    ),
    _kind(
        "{who} works as a {what}.",
        "What does {who} work as?",
        PEOPLE,
        "baker, nurse, plumber, teacher, pilot, lawyer, dentist, farmer, gardener, carpenter,"
        " tailor, waiter, painter, sailor, butcher, librarian, mechanic",
    ),
    _kind(
        "{who} plays the {what}.",
        "Which instrument does {who} play?",
        PEOPLE,
        "violin, flute, harp, trumpet, cello, drums, piano, guitar, clarinet, banjo, organ, oboe,"
        " accordion, saxophone, trombone, mandolin",
    ),
    _kind(
        "The favourite colour of {who} is {what}.",
        "What is the favourite colour of {who}?",
        PEOPLE,
        "red, green, yellow, purple, orange, brown, black, white, pink, grey, silver, turquoise,"
        " violet, beige, crimson, gold",
    ),
    _kind(
        "{who} keeps the spare key in the {what}.",
        "Where does {who} keep the spare key?",
        PEOPLE,
        "blue drawer, bread tin, tool box, garden shed, flower pot, tea caddy, coat pocket,"
        " sock drawer, sugar bowl, glove compartment, old boot, piano stool, cookie jar,"
        " sewing basket, letter rack, umbrella stand",
    ),
    _kind(
        "{who} has a pet {what}.",
        "Which pet does {who} have?",
        PEOPLE,
        "rabbit, parrot, hamster, turtle, lizard, goldfish, ferret, snake, goat, pony, canary,"
        " mouse, spider, frog, hedgehog, duck",
    ),
    _kind(
        "{who} was born in {what}.",
        "In which month was {who} born?",
        PEOPLE,
        "January, February, March, April, May, June, July, August, September, October, November,"
        " December",
    ),
    _kind(
        "{who} ordered the {what}.",
        "What did {who} order?",
        PEOPLE,
        "lasagna, pancakes, soup, salad, burger, omelette, curry, risotto, dumplings, steak,"
        " salmon, sandwich, noodles, waffles, pizza, stew",
    ),
    _kind(
        "{who} is learning {what}.",
        "Which language is {who} learning?",
        PEOPLE,
        "Spanish, Russian, Arabic, Dutch, Polish, Swedish, Greek, Turkish, Hindi, Korean, Latin,"
        " Finnish, Hebrew, Welsh, Danish, Swahili",
    ),
    _kind(
        "{who} lost the {what} at the station.",
        "What did {who} lose at the station?",
        PEOPLE,
        "umbrella, wallet, scarf, suitcase, hat, ring, necklace, watch, passport, notebook,"
        " bracelet, jacket, gloves, ticket, camera, backpack",
    ),
    _kind(
        "{what} is the capital of {who}.",
        "Which city is the capital of {who}?",
        LANDS,
        "Ardel, Bexford, Corvane, Dorun, Estria, Fallow, Gorlin, Hestia, Ilmar, Jorvik, Kelvan,"
        " Lomond, Merrow, Navarre, Orban, Pruden",
    ),
    _kind(
        "The password of the {who} is {what}.",
        "What is the password of the {who}?",
        DEVICES,
        "walnut, thunder, marble, candle, pepper, anchor, meadow, falcon, ribbon, velvet, copper,"
        " glacier, lantern, saffron, pebble, compass",
    ),
    _kind(
        "The train to {who} leaves from platform {what}.",
        "From which platform does the train to {who} leave?",
        STATIONS,
        "2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18",
    ),
    _kind(
        "The {who} is closed every {what}.",
        "On which day is the {who} closed?",
        SHOPS,
        "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday",
    ),
    _kind(
        "{who} won a prize for {what}.",
        "What did {who} win a prize for?",
        PEOPLE,
        "chess, rowing, fencing, archery, judo, tennis, golf, sailing, boxing, cycling, swimming,"
        " skiing, poetry, pottery, singing, juggling",
    ),
    _kind(
        "{who} grows {what} in the garden.",
        "What does {who} grow in the garden?",
        PEOPLE,
        "tomatoes, carrots, onions, pumpkins, roses, tulips, beans, cabbages, strawberries, leeks,"
        " potatoes, lettuce, peas, sunflowers, radishes, beetroot",
    ),
)


def draw(count: int, rng: random.Random) -> list[Fact]:
    """Returns facts in random order; none shares its kind and its value with another.

    Each is about somebody else as far as the names last.

    Raises:
        ValueError: there are not so many facts.
    """
    pairs = [(kind, what) for kind in KINDS for what in kind.values]
    if count > len(pairs):
        raise ValueError(f"There are {len(pairs)} facts to draw from; {count} are too many.")
    names = {kind.subjects: list[str]() for kind in KINDS}
    facts = []
    for kind, what in rng.sample(pairs, count):
        if not names[kind.subjects]:
            names[kind.subjects] = rng.sample(kind.subjects, len(kind.subjects))
        who = names[kind.subjects].pop()
        sentence = kind.sentence.format(who=who, what=what)
        facts.append(Fact(sentence, kind.question.format(who=who), who, what))
    return facts


def can_be_asked(fact: Fact, facts: list[Fact]) -> bool:
    """Returns whether no other fact names the subject or the answer of this one."""
    return not any(
        other is not fact and (holds(other.sentence, fact.who) or holds(other.sentence, fact.what))
        for other in facts
    )


def holds(text: str, words: str) -> bool:
    """Returns whether a text has some words, in any case.

    >>> holds("It is in the Blue Drawer.", "blue drawer"), holds("nineteen", "nine")
    (True, False)
    """
    return re.search(rf"\b{re.escape(words)}\b", text, re.IGNORECASE) is not None
