"""Keys of stored entries: hashes of everything that the entry depends on."""

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np

from seqsal.attribution.method import MethodInfo
from seqsal.models.objective import Objective, weight_matrix
from seqsal.shared.messages import has_own_reading

PACKED_METHODS: Final = ("grad_l2", "grad_dot_input")
"""The methods whose scores were stored together, before methods had keys of their own."""
_PACKED: Final = b"grad_l2.1,grad_dot_input.1"
_LOGPROBS: Final = b"logprobs.1"
"""The number is a version; it increases when values change."""


def of_prompt(dataset: str, prompt: str, target: str) -> bytes:
    """Returns the key of a user's prompt in a dataset."""
    return _hash(*map(_exact, (dataset, prompt, target)))


def of_answers(model: str, generation: str, prompt: str) -> bytes:
    """Returns the key of the answers to a prompt.

    Args:
        model: the model's fingerprint.
        generation: the generation options, in a canonical form.
        prompt: the prompt.
    """
    # Before there were messages, such a prompt was read as it is.
    read_as = ("messages",) if has_own_reading(prompt) else ()
    return _hash(*map(_exact, (model, generation, prompt, *read_as)))


def of_scores(model: str, ids: Sequence[int], objective: Objective, method: MethodInfo) -> bytes:
    """Returns the key of the scores of an objective by one method.

    Args:
        model: the model's fingerprint.
        ids: the token ids of the sequence.
        objective: the objective that is explained.
        method: the method; the key depends on its name, version and options.
    """
    terms, weights = weight_matrix([objective])
    numbers = (np.asarray(part, "<i8").tobytes() for part in (ids, terms))
    scale = weights[0].astype("<f8").tobytes()
    options = f"({method.options})" if method.options else ""
    name = f"{method.name}.{method.version}{options}"
    return _hash(_exact(model), *numbers, scale, name.encode())


def of_packed_scores(model: str, ids: Sequence[int], objective: Objective) -> bytes | None:
    """Returns the key of the scores of an objective before methods had keys of their own.

    That key covers version 1 of all `PACKED_METHODS`. Only plain selections have one: the result
    is None for other objectives.
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
        positions: the positions of the tokens.
    """
    numbers = (np.asarray(part, "<i8").tobytes() for part in (ids, positions))
    return _hash(_exact(model), *numbers, _LOGPROBS)


def _exact(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _hash(*parts: bytes) -> bytes:
    """Returns a hash of the parts and of the boundaries between them."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.digest()
