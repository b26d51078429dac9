"""A checkpoint with real weights on every backend, against Transformers."""

import json
from typing import Any

import numpy as np
import pytest

from seqsal.models.keras.lm import KerasCausalLM
from tests.models.keras import models
from tests.models.keras.random_models import EVERYTHING
from tests.objectives import METHODS, objectives, terms

_FILE = models.CHECKPOINTS / "real.json"

pytestmark = [
    pytest.mark.skipif(not _FILE.exists(), reason="without a package index there is no model"),
    pytest.mark.skipif(
        models.BACKEND != "torch" and not EVERYTHING,
        reason="30 layers take long to compile; make test-all runs it",
    ),
]


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    """What the Transformers adapter says of SmolLM2."""
    return dict(json.loads(_FILE.read_text()))


@pytest.fixture(scope="module")
def smollm2(expected: dict[str, Any]) -> KerasCausalLM:
    return models.load(expected["folder"])


def test_scores_and_logprobs_of_real_weights_are_those_of_transformers(
    smollm2: KerasCausalLM, expected: dict[str, Any]
) -> None:
    encoding = smollm2.encode(expected["prompt"], expected["target"])
    assert list(encoding.ids) == expected["ids"]
    trace, selected = smollm2.trace(encoding.ids), expected["selected"]
    logprobs = np.asarray(trace.to_numpy(trace.logprobs(terms(encoding.ids, selected))))
    np.testing.assert_allclose(logprobs, expected["logprobs"], atol=1e-3)
    weights = np.zeros((1, len(encoding)), np.float32)
    weights[0, selected] = 1
    gradients = trace.gradients(objectives(encoding.ids, weights))
    for name, method in METHODS.items():
        scores = trace.to_numpy(method(gradients, trace.embeddings))[0]
        other = np.array(expected["scores"][name])
        # Both compute in float32, in another order: the embeddings are equal, and hidden states
        # differ by 5e-7 of their size after the first layer and by 1.4e-6 after the last.
        np.testing.assert_allclose(scores, other, atol=1e-4 * np.abs(other).max())
        assert np.abs(scores).sum() == pytest.approx(np.abs(other).sum(), rel=1e-4)
