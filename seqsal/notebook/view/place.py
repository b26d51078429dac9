"""The selection of a view in the notation that the page uses for it."""

import dataclasses
import re

from seqsal.attribution.selection import Ranges


@dataclasses.dataclass(frozen=True)
class Place:
    """A sequence and the tokens selected in it, as in `core/state/place.ts` of the front end.

    Attributes:
        source: "response" for an answer of the model, "target" for a given target.
        index: the position among several responses, from 0.
        fingerprint: `fingerprint` of the text in which the tokens were selected.
        tokens: the selected tokens.
    """

    source: str
    index: int
    fingerprint: str
    tokens: Ranges

    def __str__(self) -> str:
        """Returns the notation of the page, such as response.1xw8k2.12-15.20-22."""
        name = self.source if self.index == 0 else f"{self.source}-{self.index + 1}"
        selection = ".".join(f"{start}-{end}" for start, end in self.tokens)
        return ".".join(filter(None, (name, self.fingerprint, selection)))


def parse_place(text: str) -> Place | None:
    """Returns the place that a text denotes, or None if it denotes none.

    >>> parse_place("response-2.1xw8k2.12-15.20-22")
    Place(source='response', index=1, fingerprint='1xw8k2', tokens=((12, 15), (20, 22)))
    """
    found = re.fullmatch(r"(response|target)(?:-(\d{1,3}))?\.([0-9a-z]+)((?:\.\d+-\d+)*)", text)
    if found is None:
        return None
    source, number, fingerprint, selection = found.groups()
    tokens = tuple((int(a), int(b)) for a, b in re.findall(r"(\d+)-(\d+)", selection))
    return Place(source, max(0, int(number or 1) - 1), fingerprint, tokens)


def fingerprint_of(prompt: str, target: str) -> str:
    """Returns the 32-bit FNV-1a hash of a text in base 36, as the page computes it.

    >>> fingerprint_of("", ""), fingerprint_of("One 👍", " é")
    ('1efc4f', '1g6caia')
    """
    value = 2166136261
    units = f"{prompt}\0{target}".encode("utf-16-le", "surrogatepass")
    for i in range(0, len(units), 2):
        value = ((value ^ (units[i] | units[i + 1] << 8)) * 16777619) & 0xFFFFFFFF
    digits = ""
    while value:
        value, digit = divmod(value, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits or "0"
