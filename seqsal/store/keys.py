"""Keys of what is kept: hashes over everything that it depends on."""

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np

from seqsal.attribution.method import MethodInfo
from seqsal.models.objective import Objective, weight_matrix

PACKED_METHODS: Final = ("grad_l2", "grad_dot_input")
"""The methods that stores of seqsal before 0.2 hold together under one key."""
_PACKED: Final = b"grad_l2.1,grad_dot_input.1"
_LOGPROBS: Final = b"logprobs.1"
"""The number grows where values change."""


def of_prompt(dataset: str, prompt: str, target: str) -> bytes:
    """Returns the key of a user's prompt in a dataset."""
    return _hash(*map(_exact, (dataset, prompt, target)))


def of_answers(model: str, generation: str, prompt: str) -> bytes:
    """Returns the key of the answers to a prompt.

    Args:
        model: the model's fingerprint.
        generation: how answers are written, in a canonical form.
        prompt: the prompt.
    """
    return _hash(*map(_exact, (model, generation, prompt)))


def of_scores(model: str, ids: Sequence[int], objective: Objective, method: MethodInfo) -> bytes:
    """Returns the key of the scores of an objective by one method.

    Args:
        model: the model's fingerprint.
        ids: the token ids of the sequence.
        objective: what is explained.
        method: its name and version count.
    """
    terms, weights = weight_matrix([objective])
    numbers = (np.asarray(part, "<i8").tobytes() for part in (ids, terms))
    scale = weights[0].astype("<f8").tobytes()
    return _hash(_exact(model), *numbers, scale, f"{method.name}.{method.version}".encode())


def of_packed_scores(model: str, ids: Sequence[int], objective: Objective) -> bytes | None:
    """Returns the key under which stores of seqsal before 0.2 hold the scores of an objective.

    They hold version 1 of `PACKED_METHODS` together, of plain selections only: None for others.
    """
    positions = [term.position for term in objective.terms if term.position < len(ids)]
    if objective != Objective.of_tokens(ids, positions):
        return None
    numbers = (np.asarray(part, "<i8").tobytes() for part in (ids, positions))
    return _hash(_exact(model), *numbers, _PACKED)


def of_logprobs(model: str, ids: Sequence[int], positions: Sequence[int]) -> bytes:
    """Returns the key of the log-probabilities of some tokens.

    Args:
        model: the model's fingerprint.
        ids: the token ids of the sequence.
        positions: where the tokens stand.
    """
    numbers = (np.asarray(part, "<i8").tobytes() for part in (ids, positions))
    return _hash(_exact(model), *numbers, _LOGPROBS)


def _exact(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _hash(*parts: bytes) -> bytes:
    """Returns a hash of parts; where one part ends counts."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.digest()
