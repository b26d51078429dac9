"""Answers, with the token ids that they were generated as."""

import json
import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa

from seqsal.models.causal_lm import Encoding, Generation
from seqsal.store import prompts, queries, schema


def find(connection: sa.Connection, keys: Sequence[bytes]) -> dict[bytes, list[Generation]]:
    """Returns the stored answers by key."""
    table = schema.answers
    found: dict[bytes, list[Generation]] = {}
    for chunk in queries.chunks(keys):
        query = sa.select(table).where(table.c.key.in_(chunk)).order_by(table.c.number)
        for row in connection.execute(query):
            found.setdefault(bytes(row.key), []).append(_answer(row))
    return found


def add(
    connection: sa.Connection, model: str, added: Mapping[bytes, tuple[str, Sequence[Generation]]]
) -> int:
    """Stores answers.

    Args:
        connection: a connection in a write transaction.
        model: the display name of the model.
        added: a prompt and its answers, by key.

    Returns:
        The number of bytes added.
    """
    shared = {"model": model, "created": prompts.now(), "used": queries.next_use(connection)}
    new = [
        {"key": key, "number": number, "prompt": prompt, **shared, **_columns(prompt, answer)}
        for key, (prompt, answers) in added.items()
        for number, answer in enumerate(answers)
    ]
    if new:
        queries.insert_new(connection, schema.answers, new)
    return sum(row["bytes"] for row in new)


def token_ids(row: queries.Row) -> list[int]:
    """Returns the token ids of a row."""
    return [int(token) for token in np.frombuffer(row.token_ids, "<i4")]


def _columns(prompt: str, answer: Generation) -> dict[str, Any]:
    encoding = answer.encoding
    columns: dict[str, Any] = {
        "answer": answer.text,
        "token_ids": np.asarray(encoding.ids, "<i4").tobytes(),
        "pieces": zlib.compress(json.dumps(encoding.pieces).encode()),
        "special": np.asarray(encoding.special, np.uint8).tobytes(),
    }
    size = len(prompt) + sum(len(value) for value in columns.values())
    logprob = None if math.isnan(answer.logprob) else float(answer.logprob)
    return {**columns, "logprob": logprob, "bytes": size}


def _answer(row: queries.Row) -> Generation:
    encoding = Encoding(
        ids=tuple(token_ids(row)),
        pieces=tuple(json.loads(zlib.decompress(row.pieces))),
        special=tuple(bool(mark) for mark in row.special),
    )
    return Generation(encoding, math.nan if row.logprob is None else row.logprob)
