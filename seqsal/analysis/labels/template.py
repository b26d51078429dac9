"""Labels by a template: its fixed parts and its variables are found again in each prompt."""

import dataclasses
import functools
import itertools
import string
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Final

from seqsal.analysis.labels.rule import BuiltInRule, LabelledSpan, Labels, PromptText

_MAX_LABEL: Final = 48


@dataclasses.dataclass(frozen=True)
class Piece:
    """A piece of a template.

    Attributes:
        text: a fixed text; or the name of a variable.
        variable: whether it is a variable.
    """

    text: str
    variable: bool


@dataclasses.dataclass(frozen=True)
class TemplateLabels(BuiltInRule):
    r"""Labels a variable with its name in braces, and each line of the fixed text with that line.

    >>> rule = TemplateLabels("Dish: {dish}\nGood?")
    >>> [each.label for each in rule.find(PromptText("Dish: Quiche\nGood?")).spans]
    ['Dish:', '{dish}', 'Good?']

    A fixed part is looked for from the end of the part before it, so that a variable is as short
    as possible; the time is linear in the text. A variable whose name is a field of the record,
    with a text, is that text. Variables next to each other that are not known so are one.
    White space at the end of the template and of the prompt may differ.

    Attributes:
        template: a text with `{name}` for each variable; `{{` and `}}` are braces.

    Raises:
        ValueError: it has no variable, or a brace that is not closed.
    """

    kind: ClassVar[str] = "template"
    template: str

    def __post_init__(self) -> None:
        if not any(piece.variable for piece in self.pieces):
            raise ValueError(
                "A template needs a variable, such as {question}; got none in"
                f" {_short(self.template)}."
            )

    @functools.cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """The fixed texts and the variables, in order."""
        return tuple(_joined(_pieces(self.template.rstrip())))

    @functools.cached_property
    def _names(self) -> dict[tuple[int, int], str]:
        """The label of each line of each fixed text; equal lines are numbered from the second."""
        names, count = {}, dict[str, int]()
        for number, piece in enumerate(self.pieces):
            for line, (text, _, _) in enumerate(() if piece.variable else _lines(piece.text)):
                name = _short_line(text)
                count[name] = count.get(name, 0) + 1
                repeated = count[name] > 1
                names[number, line] = f"{name} ({count[name]})" if repeated else name
        return names

    @property
    def parts(self) -> list[tuple[str, str | None]]:
        r"""The template in parts, in order: the text of each and its label; None for white space.

        >>> TemplateLabels("Dish: {dish}\nGood?").parts
        [('Dish: ', 'Dish:'), ('{dish}', '{dish}'), ('\nGood?', 'Good?')]
        """
        found: list[tuple[str, str | None]] = []
        for number, piece in enumerate(self.pieces):
            lines = [] if piece.variable else _lines(piece.text)
            if piece.variable:
                found.append((f"{{{piece.text}}}", f"{{{piece.text}}}"))
            elif not lines:
                found.append((piece.text, None))
            found += [
                (piece.text[start:end], self._names[number, line])
                for line, (_, start, end) in enumerate(lines)
            ]
        return found

    def find(self, prompt: PromptText) -> Labels:
        """Returns the labels of a prompt.

        Raises:
            ValueError: the template does not fit the prompt.
        """
        known = {
            name: value
            for name, value in prompt.columns.items()
            if isinstance(value, str) and value
        }
        steps = _steps(self.pieces, known)
        places = _places(steps, prompt.text.rstrip())
        spans = []
        for step, (start, end) in zip(steps, places.spans, strict=True):
            if step.variable:
                if start < end:
                    spans.append(LabelledSpan(start, end, step.label, "variable"))
                continue
            spans += [
                LabelledSpan(start + begin, start + stop, self._names[step.number, line], "fixed")
                for line, (_, begin, stop) in enumerate(_lines(step.text))
            ]
        return Labels(tuple(spans), places.ambiguous)


@dataclasses.dataclass(frozen=True)
class _Step:
    """A text that is looked for, or a variable without a known text.

    Attributes:
        number: the number of the piece.
        text: what is looked for; empty for a variable whose text is not known.
        label: the label of a variable.
        variable: whether it is a variable.
        known: whether its text is known.
    """

    number: int
    text: str
    label: str = ""
    variable: bool = False
    known: bool = True


@dataclasses.dataclass(frozen=True)
class _Places:
    spans: list[tuple[int, int]]
    ambiguous: bool


def _pieces(template: str) -> Iterator[Piece]:
    try:
        for text, name, form, conversion in string.Formatter().parse(template):
            if text:
                yield Piece(text, variable=False)
            if name is None:
                continue
            if not name.isidentifier() or form or conversion:
                raise ValueError(
                    "A variable of a template is a name in braces, such as {question}; got"
                    f" {_short('{' + name + (':' + form if form else '') + '}')}. Write {{{{ and"
                    " }} for braces that are text."
                )
            yield Piece(name, variable=True)
    except ValueError as error:
        if str(error).startswith("A variable"):
            raise
        raise ValueError(
            f"The template cannot be read: {error}. Write {{{{ and }}}} for braces that are text."
        ) from None


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Yields pieces with fixed texts next to each other, as before a brace, joined."""
    for variable, group in itertools.groupby(pieces, key=lambda piece: piece.variable):
        if variable:
            yield from group
        else:
            yield Piece("".join(piece.text for piece in group), variable=False)


def _steps(pieces: Sequence[Piece], known: Mapping[str, str]) -> list[_Step]:
    """Returns what is looked for in turn; unknown variables next to each other are joined."""
    steps: list[_Step] = []
    for number, piece in enumerate(pieces):
        if not piece.variable:
            steps.append(_Step(number, piece.text))
            continue
        label, text = f"{{{piece.text}}}", known.get(piece.text, "")
        if not text and steps and not steps[-1].known:
            label = steps.pop().label + label
        steps.append(_Step(number, text, label, variable=True, known=bool(text)))
    return steps


def _places(steps: Sequence[_Step], text: str) -> _Places:
    """Returns the characters of each step.

    Raises:
        ValueError: the steps do not fit the text.
    """
    first = _forwards(steps, text)
    # The same from the other end: where both agree, there is one way to fit.
    return _Places(first, ambiguous=first != _backwards(steps, text))


def _forwards(steps: Sequence[_Step], text: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    at = 0
    for number, step in enumerate(steps):
        if not step.known:
            spans.append((at, at))  # Its end is where the next step begins.
            continue
        free = bool(spans) and not steps[number - 1].known
        last = number == len(steps) - 1
        if not free:
            place = at if text.startswith(step.text, at) else -1
        elif last:  # The last text is at the end, wherever else it may be.
            place = len(text) - len(step.text) if text.endswith(step.text) else -1
            place = place if place >= at else -1
        else:
            place = text.find(step.text, at)
        if place < 0 or (last and place + len(step.text) != len(text)):
            raise ValueError(_no_fit(step, text, at, ends=last and place >= 0))
        if free:
            spans[-1] = spans[-1][0], place
        at = place + len(step.text)
        spans.append((place, at))
    if steps and not steps[-1].known:
        spans[-1] = spans[-1][0], len(text)
    return spans


def _backwards(steps: Sequence[_Step], text: str) -> list[tuple[int, int]]:
    """Returns the places if each text is looked for from the end; steps are known to fit."""
    spans: list[tuple[int, int]] = []
    at = len(text)
    for number in range(len(steps) - 1, -1, -1):
        step = steps[number]
        if not step.known:
            spans.append((at, at))
            continue
        free = bool(spans) and not steps[number + 1].known
        place = text.rfind(step.text, 0, at) if free else at - len(step.text)
        place = place if number else 0
        if free:
            spans[-1] = place + len(step.text), spans[-1][1]
        spans.append((place, place + len(step.text)))
        at = place
    if steps and not steps[0].known:
        spans[-1] = 0, spans[-1][1]
    return spans[::-1]


def _lines(text: str) -> list[tuple[str, int, int]]:
    """Returns the lines of a fixed text that have text, with their characters.

    White space belongs to the line before it, at the start to the first line.
    """
    found: list[tuple[str, int, int]] = []
    at = 0
    for line in text.split("\n"):
        end = min(at + len(line) + 1, len(text))
        if line.strip():
            found.append((line.strip(), 0 if not found else at, end))
        elif found:
            found[-1] = (*found[-1][:2], end)
        at = end
    return found


def _no_fit(step: _Step, text: str, at: int, *, ends: bool) -> str:
    what = f"the text of the field {step.label}" if step.variable else "the template's text"
    if ends:
        return (
            f"The template does not fit: {what} {_short(step.text)} must end the prompt, which goes"
            f" on with {_short(text[at + len(step.text) :])}. Correct the template or the record."
        )
    return (
        f"The template does not fit: expected {what} {_short(step.text)} at or after character"
        f" {at}, where the prompt has {_short(text[at:])}. Correct the template or the record."
    )


def _short_line(text: str) -> str:
    return text if len(text) <= _MAX_LABEL else f"{text[: _MAX_LABEL - 1]}…"


def _short(text: str) -> str:
    return repr(_short_line(text))
