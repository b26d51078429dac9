"""The tasks: texts of which one part decides the answer, made from a seed."""

import dataclasses
import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
        others: what other parts say; a right answer holds none of it.
    """

    parts: tuple[str, ...]
    request: str
    cause: int
    expected: str
    others: tuple[str, ...] = ()

    def is_answered_by(self, text: str) -> bool:
        """Returns whether an answer is right.

        "Lomond has a hamster" does not answer the question about Valerie's hamster.
        """
        return facts.holds(text, self.expected) and not any(
            facts.holds(text, words) for words in self.others
        )


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
        explains_words: whether the expected words are explained, and not the whole answer.
    """

    make: Callable[[random.Random], list[Candidate]]
    chat: Layout
    plain: Layout
    explains_words: bool = False

    def groups(self, seed: int) -> Iterator[list[Candidate]]:
        """Yields groups of candidates without end; the n-th depends on the seed and n only."""
        for number in itertools.count():
            yield self.make(random.Random(f"{seed} {number}"))


def _facts(sentences: int, questions: int) -> Task:
    """Returns the task of finding a fact among some sentences."""

    def make(rng: random.Random) -> list[Candidate]:
        drawn = facts.draw(sentences, rng)
        asked = [fact for fact in drawn if facts.can_be_asked(fact, drawn)]
        parts = _joined(" ", (fact.sentence for fact in drawn))
        return [
            Candidate(parts, fact.question, drawn.index(fact), fact.what, _names(drawn, fact))
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


def _names(drawn: Sequence[facts.Fact], fact: facts.Fact) -> tuple[str, ...]:
    """Returns the subjects and values of all facts but one."""
    return tuple(words for other in drawn if other is not fact for words in (other.who, other.what))


_WORDS: Final = (
    *("dog", "horse", "tiger", "apple", "banana", "cherry", "France", "Japan", "Egypt", "red"),
    *("green", "purple", "truck", "train", "bicycle", "shirt", "jacket", "skirt", "seven"),
    *("forty", "May", "October", "violin", "piano", "doctor", "lawyer", "coffee", "milk"),
    *("hand", "elbow", "nose", "hammer", "ladder", "window", "bridge", "river"),
)
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
    "vard",
)


def _examples(shots: int, questions: int) -> Task:
    """Returns the task of labelling a word as the one example that has it is labelled."""

    def make(rng: random.Random) -> list[Candidate]:
        words, labels = rng.sample(_WORDS, shots), rng.sample(_LABELS, shots)
        parts = _joined(
            "\n",
            (f"Word: {word}. Label: {label}." for word, label in zip(words, labels, strict=True)),
        )
        return [
            Candidate(parts, words[cause], cause, labels[cause], _without(labels, cause))
            for cause in rng.sample(range(shots), questions)
        ]

    return Task(
        make,
        chat=Layout("", "\n\nQuestion: What is the label of {request}?"),
        plain=Layout("", "\nWord: {request}. Label:"),
    )


_EVENTS: Final = tuple(
    [
        "says hello",
        "asks for water",
        "wants to pay",
        "orders tea",
        "complains",
        "asks for the menu",
        "leaves",
        "asks for a table",
        "is late",
        "brings a dog",
        "tells a joke",
        "sings",
        "is hungry",
        "feels cold",
        "asks for salt",
        "loses a key",
    ]
)
_REPLIES: Final = (
    *("Ahoy", "Bravo", "Cheers", "Delighted", "Eureka", "Fantastic", "Goodness", "Hooray"),
    *("Indeed", "Jolly", "Kindly", "Listen", "Marvellous", "Naturally", "Obviously", "Please"),
    *("Rejoice", "Splendid", "Today", "Wonderful"),
)


def _instructions(rules: int, questions: int) -> Task:
    """Returns the task of following the one instruction that applies."""

    def make(rng: random.Random) -> list[Candidate]:
        events, replies = rng.sample(_EVENTS, rules), rng.sample(_REPLIES, rules)
        parts = _joined(
            "\n",
            (
                f'* If a guest {event}, say "{reply}".'
                for event, reply in zip(events, replies, strict=True)
            ),
        )
        return [
            Candidate(
                parts,
                f"A guest {events[cause]}.",
                cause,
                replies[cause],
                _without(replies, cause),
            )
            for cause in rng.sample(range(rules), questions)
        ]

    return Task(
        make,
        chat=Layout("", "\n\nQuestion: {request} What do you say?"),
        plain=Layout(
            'Rules:\n* If a guest asks for a pen, say "Certainly".\n* If a guest dances, say'
            ' "Lovely".\nQuestion: A guest dances. What do you say?\nAnswer: Lovely\n\nRules:\n',
            "\nQuestion: {request} What do you say?\nAnswer:",
        ),
    )


def _without(words: Sequence[str], index: int) -> tuple[str, ...]:
    return tuple(word for i, word in enumerate(words) if i != index)


def _joined(separator: str, texts: Iterable[str]) -> tuple[str, ...]:
    """Returns texts as parts: each but the first begins with the separator."""
    return tuple(f"{separator if i else ''}{text}" for i, text in enumerate(texts))


TASKS: Final[Mapping[str, Task]] = {
    "facts-12": _facts(12, questions=4),
    "facts-48": _facts(48, questions=4),
    "facts-200": _facts(200, questions=8),
    "examples": _examples(8, questions=4),
    "instructions": _instructions(8, questions=4),
    "replies": dataclasses.replace(_instructions(8, questions=4), explains_words=True),
}
"""The tasks with a known cause; for the published prompts see `published`."""
