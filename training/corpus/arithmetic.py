"""Word problems solved in small questions and answers, with and without `<<6*8=48>>` notes."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from training.corpus.record import COPIED, DECIDED, Piece, Record

NAMES = (
    "Nora", "Tom", "Ines", "Omar", "Lena", "Paul", "Mia", "Ravi", "Sara", "Hugo", "Emma", "Yuki",
    "Ada", "Felix", "Zoe", "Ivan",
)  # fmt: skip

# A step is a question and its answer; the answer holds one `<<expression=value>>` note.
Step = tuple[str, str]
Problem = tuple[str, list[Step]]


def note(left: int, sign: str, right: int) -> tuple[str, int]:
    """Returns the note of a calculation followed by its value, and the value.

    >>> note(6, "*", 8)
    ('<<6*8=48>>48', 48)
    """
    value = {"*": left * right, "+": left + right, "-": left - right}[sign]
    return f"<<{left}{sign}{right}={value}>>{value}", value


def without_notes(text: str) -> str:
    """Returns the text without its `<<...>>` notes."""
    return re.sub(r"<<[^>]*>>", "", text)


def result(answer: str) -> str:
    """Returns the result of the last calculation of an answer as digits; "" if there is none.

    >>> result("It takes in 6 x $8 = $<<6*8=48>>48 in 3 hours.")
    '48'
    """
    found = re.findall(r" = \$?(\d+)", without_notes(answer))
    return found[-1] if found else ""


def operands(answer: str) -> str:
    """Returns the last calculation of an answer without its result; "" if there is none.

    >>> operands("It takes in 6 x $8 = $<<6*8=48>>48 in 3 hours.")
    '6 x 8'
    """
    found = re.findall(r"(\d+) ([x+-]) \$?(\d+) =", without_notes(answer))
    return " ".join(found[-1]) if found else ""


def _stall(rng: random.Random) -> Problem:
    jars, price, days = rng.randint(2, 9), rng.randint(2, 9), rng.randint(2, 5)
    goods, other = rng.sample(("honey", "jam", "mustard", "olives", "pickles", "cream"), 2)
    honey, a = note(jars, "*", price)
    # Round daily takings keep the product within what a small model can work out.
    extra = rng.choice((10, 20)) - a % 10
    daily, b = note(a, "+", extra)
    total, c = note(b, "*", days)
    rent = rng.randint(2, min(19, c // 5)) * 5
    left, _ = note(c, "-", rent)
    story = (
        f"A market stall sells {jars} jars of {goods} a day at ${price} a jar. Every day it also "
        f"takes in ${extra} from {other}. The stall is open for {days} days and pays ${rent} in "
        "rent. How much money is left after the rent?"
    )
    return story, [
        (
            f"How much does the stall take in from {goods} each day?",
            f"It takes in {jars} x ${price} = ${honey} from {goods} each day.",
        ),
        (
            "How much does the stall take in each day?",
            f"It takes in ${a} + ${extra} = ${daily} each day.",
        ),
        (
            f"How much does the stall take in over {days} days?",
            f"Over {days} days it takes in ${b} x {days} = ${total}.",
        ),
        (
            "How much money is left after the rent?",
            f"After the rent, ${c} - ${rent} = ${left} is left.",
        ),
    ]


def _garden(rng: random.Random) -> Problem:
    who, rows, each = rng.choice(NAMES), rng.randint(2, 9), rng.randint(3, 12)
    flower = rng.choice(("tulips", "crocuses", "lilies", "daffodils"))
    planted, total = note(rows, "*", each)
    lost = rng.randint(1, min(9, total - 1))
    left, _ = note(total, "-", lost)
    thief = rng.choice(("Birds", "Mice", "Squirrels"))
    story = (
        f"{who} plants {rows} rows of {flower} with {each} bulbs in each row. {thief} dig up "
        f"{lost} of the bulbs. How many bulbs are left to flower?"
    )
    return story, [
        (f"How many bulbs does {who} plant?", f"{who} plants {rows} x {each} = {planted} bulbs."),
        (
            "How many bulbs are left to flower?",
            f"There are {total} - {lost} = {left} bulbs left to flower.",
        ),
    ]


def _library(rng: random.Random) -> Problem:
    shelves, each, new = rng.randint(2, 9), rng.randint(3, 12), rng.randint(2, 30)
    place = rng.choice(("library", "school", "bookshop", "museum"))
    first, a = note(shelves, "*", each)
    second, b = note(a, "+", new)
    out = rng.randint(1, min(20, b - 1))
    third, _ = note(b, "-", out)
    story = (
        f"A {place} has {shelves} shelves with {each} books on each. A friend brings {new} more "
        f"books, and {out} books are lent. How many books are in the {place} now?"
    )
    return story, [
        (
            "How many books are on the shelves at first?",
            f"There are {shelves} x {each} = {first} books at first.",
        ),
        (
            "How many books are there with the new ones?",
            f"With the new ones there are {a} + {new} = {second} books.",
        ),
        (
            f"How many books are in the {place} now?",
            f"There are {b} - {out} = {third} books in the {place} now.",
        ),
    ]


def _trip(rng: random.Random) -> Problem:
    who, hours, speed = rng.choice(NAMES), rng.randint(2, 6), rng.randint(8, 20)
    ridden, a = note(hours, "*", speed)
    more = rng.randint(3, 40)
    whole, _ = note(a, "+", more)
    story = (
        f"{who} rides a bicycle for {hours} hours at {speed} km an hour and then takes a train "
        f"for {more} km. How long is the whole trip?"
    )
    return story, [
        (f"How far does {who} ride?", f"{who} rides {hours} x {speed} = {ridden} km."),
        ("How long is the whole trip?", f"The whole trip is {a} + {more} = {whole} km long."),
    ]


def _baking(rng: random.Random) -> Problem:
    who, trays, each = rng.choice(NAMES), rng.randint(2, 8), rng.randint(4, 12)
    what = rng.choice(("biscuits", "buns", "scones", "rolls"))
    baked, a = note(trays, "*", each)
    eaten = rng.randint(1, min(9, a - 3))
    rest, b = note(a, "-", eaten)
    sold = rng.randint(1, max(1, b - 2))
    left, _ = note(b, "-", sold)
    story = (
        f"{who} bakes {trays} trays of {what} with {each} on each tray. The family eats {eaten} "
        f"and {sold} are sold. How many {what} are left?"
    )
    return story, [
        (f"How many {what} does {who} bake?", f"{who} bakes {trays} x {each} = {baked} {what}."),
        (
            f"How many {what} are there after the family eats?",
            f"After the family eats there are {a} - {eaten} = {rest} {what}.",
        ),
        (f"How many {what} are left?", f"There are {b} - {sold} = {left} {what} left."),
    ]


_STORIES: tuple[Callable[[random.Random], Problem], ...] = (
    _stall, _garden, _library, _trip, _baking,
)  # fmt: skip


def record(rng: random.Random) -> Record:
    """Returns one problem whose last question is open; half of them have notes."""
    story, steps = rng.choice(_STORIES)(rng)
    noted = rng.random() < 0.5
    pieces = [Piece(f"{story}\n")]
    for question, answer in steps:
        pieces += [Piece(f"{question} **", DECIDED), Piece(f" {answer}", COPIED)]
        pieces.append(Piece("\n"))
    # Drop the last line break and hold the last answer back as what the model writes.
    *prompt, last, _ = pieces
    if not noted:
        prompt = [Piece(without_notes(p.text), p.weight) for p in prompt]
        last = Piece(without_notes(last.text), last.weight)
    notes = {"result": result(last.text), "operands": operands(last.text)}
    return Record("arithmetic", tuple(prompt), (last,), notes)
