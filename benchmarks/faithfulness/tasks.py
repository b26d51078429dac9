"""The tasks: texts of which one part decides the answer, made from a seed."""

import dataclasses
import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from benchmarks.faithfulness import facts


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A prompt in parts, one of which decides the answer.

    The prompt is the opening of its task, the parts, and the request in the closing of its task.

    Attributes:
        parts: the segments that a map ranks, in order; joined, they are the context.
        request: what comes after them.
        cause: the index of the part that decides the answer.
        expected: words that a right answer holds.
    """

    parts: tuple[str, ...]
    request: str
    cause: int
    expected: str


@dataclasses.dataclass(frozen=True)
class Layout:
    """What surrounds the parts in a prompt.

    Attributes:
        opening: the text before them.
        closing: the text after them, with {request}.
    """

    opening: str
    closing: str

    def around(self, context: str, request: str) -> str:
        """Returns the whole prompt."""
        return self.opening + context + self.closing.format(request=request)


@dataclasses.dataclass(frozen=True)
class Task:
    """A task.

    Attributes:
        make: makes some candidates with the same parts. At most one of them becomes an item, so
            that items are independent.
        chat: the layout for a model with a chat template.
        plain: the layout for a base model, with an example of the form of an answer.
    """

    make: Callable[[random.Random], list[Candidate]]
    chat: Layout
    plain: Layout

    def groups(self, seed: int) -> Iterator[list[Candidate]]:
        """Yields groups of candidates without end; the n-th depends on the seed and n only."""
        for number in itertools.count():
            yield self.make(random.Random(f"{seed} {number}"))


def _facts(sentences: int, questions: int) -> Task:
    """Returns the task of finding a fact among some sentences."""

    def make(rng: random.Random) -> list[Candidate]:
        drawn = facts.draw(sentences, rng)
        asked = [fact for fact in drawn if facts.can_be_asked(fact, drawn)]
        parts = tuple(f"{' ' if i else ''}{fact.sentence}" for i, fact in enumerate(drawn))
        return [
            Candidate(parts, fact.question, drawn.index(fact), fact.what)
            for fact in rng.sample(asked, min(questions, len(asked)))
        ]

    return Task(
        make,
        chat=Layout("", "\n\nQuestion: {request}"),
        plain=Layout(
            "Answer the question about the text.\n\nText: Nils collects stamps. The bridge was"
            " built by Romans. Edwin drives a tractor.\nQuestion: What does Edwin drive?\nAnswer:"
            " tractor\n\nText: ",
            "\nQuestion: {request}\nAnswer:",
        ),
    )


_CATEGORIES: Final[Mapping[str, tuple[str, ...]]] = {
    "animals": ("dog", "horse", "tiger", "rabbit", "monkey", "elephant"),
    "fruits": ("apple", "banana", "grape", "cherry", "mango", "peach"),
    "countries": ("France", "Japan", "Brazil", "Egypt", "Canada", "Norway"),
    "colours": ("red", "blue", "green", "yellow", "purple", "brown"),
    "vehicles": ("car", "truck", "bus", "train", "bicycle", "tram"),
    "clothes": ("shirt", "jacket", "trousers", "sweater", "skirt", "coat"),
    "numbers": ("seven", "twelve", "forty", "nine", "sixty", "three"),
    "months": ("January", "May", "August", "October", "June", "March"),
    "instruments": ("violin", "piano", "guitar", "trumpet", "flute", "drums"),
    "jobs": ("doctor", "teacher", "lawyer", "nurse", "farmer", "pilot"),
    "drinks": ("coffee", "tea", "beer", "wine", "milk", "lemonade"),
    "body": ("hand", "knee", "elbow", "shoulder", "foot", "nose"),
}
_LABELS: Final = (
    "zup",
    "dax",
    "wug",
    "blick",
    "toma",
    "fep",
    "gorp",
    "lirn",
    "mib",
    "rell",
    "sonk",
    "vard",
)


def _examples(shots: int, questions: int) -> Task:
    """Returns the task of labelling a word as the one example of its category is labelled."""

    def make(rng: random.Random) -> list[Candidate]:
        names = rng.sample(sorted(_CATEGORIES), shots)
        labels = rng.sample(_LABELS, shots)
        pairs = [rng.sample(_CATEGORIES[name], 2) for name in names]
        parts = tuple(
            f"Word: {shown}\nLabel: {label}\n"
            for (shown, _), label in zip(pairs, labels, strict=True)
        )
        return [
            Candidate(parts, pairs[cause][1], cause, labels[cause])
            for cause in rng.sample(range(shots), questions)
        ]

    chat = Layout("Label the last word as in the examples.\n\n", "Word: {request}\nLabel:")
    return Task(make, chat=chat, plain=chat)


_OPENERS: Final = (
    *("Ahoy", "Bravo", "Cheers", "Delighted", "Eureka", "Fantastic", "Goodness", "Hooray"),
    *("Indeed", "Jolly", "Kindly", "Listen", "Marvellous", "Naturally", "Obviously", "Please"),
    *("Rejoice", "Splendid", "Today", "Wonderful"),
)
_RULES: Final = (
    "Be polite.",
    "Keep the answer short.",
    "Use simple words.",
    "Do not use lists.",
    "Do not mention prices.",
    "Write in English.",
    "Avoid long sentences.",
    "Be honest.",
    "Do not ask questions back.",
    "Stay on the topic.",
    "Do not use slang.",
    "Avoid technical terms.",
)
_REQUESTS: Final = (
    "Tell me about cats.",
    "Describe the sea.",
    "What is a bicycle?",
    "Tell me about bread.",
    "Why do people sleep?",
    "Describe a forest.",
    "What is a library?",
    "Tell me about rain.",
    "Describe a market.",
    "What is a violin?",
    "Tell me about honey.",
    "Why do birds sing?",
)


def _instructions(rules: int) -> Task:
    """Returns the task of following one instruction about the first word among others."""

    def make(rng: random.Random) -> list[Candidate]:
        word = rng.choice(_OPENERS)
        cause = rng.randrange(rules)
        chosen = rng.sample(_RULES, rules - 1)
        chosen.insert(cause, f'Begin the answer with the word "{word}".')
        parts = tuple(f"* {rule}\n" for rule in chosen)
        return [Candidate(parts, rng.choice(_REQUESTS), cause, word)]

    return Task(
        make,
        chat=Layout("Follow these rules:\n", "\n{request}"),
        plain=Layout(
            "Each answer follows its rules.\n\nRules:\n* Be kind.\n* Begin the answer with the"
            ' word "Surely".\n* Do not use numbers.\nQuestion: What is a lemon?\nAnswer: Surely, a'
            " lemon is a sour fruit.\n\nRules:\n",
            "Question: {request}\nAnswer:",
        ),
    )


TASKS: Final[Mapping[str, Task]] = {
    "facts-12": _facts(12, questions=4),
    "facts-48": _facts(48, questions=4),
    "facts-200": _facts(200, questions=4),
    "examples": _examples(8, questions=2),
    "instructions": _instructions(8),
}
"""The tasks with a known cause; for the published prompts see `published`."""
