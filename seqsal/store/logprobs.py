"""Log-probabilities of tokens: the same float32 numbers that were computed.

They lie among the results, under keys of their own, and so go with them where room is needed.
"""

import zlib

import numpy as np
import sqlalchemy as sa
from jaxtyping import Float32

from seqsal.models.arrays import NumpyArray
from seqsal.store import rows, schema


def find(connection: sa.Connection, key: bytes) -> Float32[NumpyArray, " positions"] | None:
    """Returns what is kept under a key, or None."""
    table = schema.results.c
    row = connection.execute(sa.select(table.scores).where(table.key == key)).one_or_none()
    return None if row is None else np.frombuffer(zlib.decompress(row.scores), "<f4").copy()


def add(connection: sa.Connection, key: bytes, logprobs: Float32[NumpyArray, " positions"]) -> int:
    """Keeps log-probabilities under a key; returns how many bytes were added."""
    packed = zlib.compress(logprobs.astype("<f4").tobytes(), level=1)
    used = rows.next_use(connection)
    new = {"key": key, "scores": packed, "bytes": len(packed), "used": used}
    rows.insert_new(connection, schema.results, [new])
    return len(packed)
