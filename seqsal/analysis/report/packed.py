"""Records in little space: saved results in compressed chunks, which the page unpacks on demand.

A chunk is the base64 of a raw deflate stream (RFC 1951) of

    the length of the JSON in bytes, little-endian, 4 bytes
    JSON           a list of saved results whose scores have numbers of methods instead of scores
    bytes          the scores of all records in turn, in the order of their methods: of each, the
                   first 24 bits of a 32-bit float, the highest bytes of all first

Fields that all results share are in the page once. 24 bits keep 16 bits of precision, about the
five digits of a saved result.
"""

import base64
import dataclasses
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from jaxtyping import Float32

from seqsal.models.arrays import NumpyArray
from seqsal.results.export.saved_json.format import dumps, fields_of
from seqsal.results.result import Result

_SIZE: Final = 20
"""Records of a chunk. One click unpacks a chunk."""
_SHARED: Final = ("format", "version", "methods", "method_descriptions", "view")
"""Fields that are the same in all results of a model and data set."""
_UNUSED: Final = ("token_ids",)
"""Fields that the page does not need."""


@dataclasses.dataclass
class Chunks:
    """The chunks of a page, which grows.

    Attributes:
        texts: the chunks.
    """

    texts: list[str] = dataclasses.field(default_factory=list)

    def add(self, results: Sequence[Result]) -> tuple[dict[str, Any], list[tuple[int, int]]]:
        """Adds results, and returns their shared fields, and the chunk and place of each.

        Args:
            results: of one model and data set, with the same methods.
        """
        places: list[tuple[int, int]] = []
        shared: dict[str, Any] = {}
        for start in range(0, len(results), _SIZE):
            group = results[start : start + _SIZE]
            shared = {name: value for name, value in _fields(group[0]).items() if name in _SHARED}
            places += [(len(self.texts), place) for place in range(len(group))]
            self.texts.append(pack(group))
        return shared, places


def pack(results: Sequence[Result]) -> str:
    """Returns a chunk, without the fields that all results share."""
    entries, scores = [], []
    for result in results:
        fields = {name: value for name, value in _fields(result).items() if name not in _SHARED}
        salience = [dict(entry) for entry in fields["salience"]]
        for entry, own in zip(salience, result.salience, strict=True):
            entry["scores"] = list(own.scores)
            scores += [np.asarray(values, np.float32) for values in own.scores.values()]
        entries.append({**fields, "salience": salience})
    text = dumps({"results": entries}).encode()
    numbers = np.concatenate(scores) if scores else np.empty(0, np.float32)
    raw = len(text).to_bytes(4, "little") + text + planes(numbers)
    packer = zlib.compressobj(9, wbits=-15)
    return base64.b64encode(packer.compress(raw) + packer.flush()).decode()


def planes(values: Float32[NumpyArray, " values"]) -> bytes:
    """Returns the first three bytes of floats, the highest of all values first.

    >>> planes(np.array([1.0, -2.0], np.float32)).hex()
    '3fc080000000'
    """
    bits = np.ascontiguousarray(values).view(np.uint32).astype(np.uint64) + 0x80
    return b"".join(((bits >> shift) & 0xFF).astype(np.uint8).tobytes() for shift in (24, 16, 8))


def _fields(result: Result) -> Mapping[str, Any]:
    return {name: value for name, value in fields_of(result).items() if name not in _UNUSED}
