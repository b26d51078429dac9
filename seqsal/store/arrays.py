"""Scores and log-probabilities: arrays of float32 by key, bit by bit as they were computed."""

import zlib
from collections.abc import Mapping, Sequence

import numpy as np
import sqlalchemy as sa
from jaxtyping import Float32

from seqsal.models.arrays import NumpyArray
from seqsal.store import rows, schema


def find(
    connection: sa.Connection, keys: Sequence[bytes]
) -> dict[bytes, Float32[NumpyArray, " _"]]:
    """Returns the stored arrays, by their keys."""
    table = schema.results.c
    return {
        bytes(row.key): np.frombuffer(zlib.decompress(row.scores), "<f4").astype(np.float32)
        for chunk in rows.chunks(keys)
        for row in connection.execute(
            sa.select(table.key, table.scores).where(table.key.in_(chunk))
        )
    }


def add(connection: sa.Connection, added: Mapping[bytes, Float32[NumpyArray, " _"]]) -> int:
    """Stores arrays by their keys; returns how many bytes were added."""
    packed = {
        key: zlib.compress(array.astype("<f4").tobytes(), level=1) for key, array in added.items()
    }
    if packed:
        used = rows.next_use(connection)
        new = [
            {"key": key, "scores": value, "bytes": len(value), "used": used}
            for key, value in packed.items()
        ]
        rows.insert_new(connection, schema.results, new)
    return sum(map(len, packed.values()))
