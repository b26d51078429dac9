"""Salience results: the same float32 numbers that were computed."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa

from seqsal.attribution import salience
from seqsal.models.arrays import NumpyArray
from seqsal.store import rows, schema

Scores = Mapping[str, NumpyArray]
"""The scores of each token, by method."""


def find(connection: sa.Connection, keys: Sequence[bytes]) -> dict[bytes, dict[str, NumpyArray]]:
    """Returns the results that are kept, by their keys."""
    table = schema.results.c
    return {
        bytes(row.key): _scores(row.scores)
        for chunk in rows.chunks(keys)
        for row in connection.execute(
            sa.select(table.key, table.scores).where(table.key.in_(chunk))
        )
    }


def add(connection: sa.Connection, added: Mapping[bytes, Scores]) -> int:
    """Keeps results by their keys; returns how many bytes were added."""
    used = rows.next_use(connection)
    new: list[dict[str, Any]] = []
    for key, scores in added.items():
        packed = _packed(scores)
        new.append({"key": key, "scores": packed, "bytes": len(packed), "used": used})
    if new:
        rows.insert_new(connection, schema.results, new)
    return sum(row["bytes"] for row in new)


def _packed(scores: Scores) -> bytes:
    stacked = np.stack([scores[method] for method in salience.METHODS])
    return zlib.compress(stacked.astype("<f4").tobytes(), level=1)


def _scores(packed: bytes) -> dict[str, NumpyArray]:
    values = np.frombuffer(zlib.decompress(packed), "<f4").astype(np.float32)
    return dict(zip(salience.METHODS, values.reshape(len(salience.METHODS), -1), strict=True))
