"""Keys of what is kept: hashes over everything that it depends on."""

import hashlib
from collections.abc import Collection, Sequence
from typing import Final

import numpy as np

from seqsal.attribution import salience

_METHODS: Final = ",".join(
    f"{name}.{salience.METHOD_VERSIONS[name]}" for name in salience.METHODS
).encode()
_LOGPROBS: Final = b"logprobs.1"
"""No name of a method, so that no key is one of salience; the number grows where values change."""


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


def of_result(model: str, ids: Sequence[int], selection: Collection[int]) -> bytes:
    """Returns the key of the salience of a selection.

    Args:
        model: the model's fingerprint.
        ids: the token ids of the sequence.
        selection: the positions of the tokens that are explained.
    """
    numbers = (np.asarray(part, "<i8").tobytes() for part in (ids, sorted(selection)))
    return _hash(_exact(model), *numbers, _METHODS)


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
