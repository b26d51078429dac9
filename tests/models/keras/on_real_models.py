"""Checkpoints with real weights on every backend, against Transformers."""

import json
from typing import Any

import numpy as np
import pytest

from seqsal.models.keras.lm import KerasCausalLM
from tests.models.keras import models
from tests.models.keras.checkpoints import CHATS
from tests.models.keras.random_models import EVERYTHING
from tests.objectives import METHODS, objectives, terms

pytestmark = pytest.mark.skipif(
    models.BACKEND != "torch" and not EVERYTHING,
    reason="18 and 30 layers take long to compile; make test-all runs it",
)


@pytest.fixture(scope="module", params=["smollm2", "gemma3"])
def expected(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the Transformers adapter says of a model."""
    file = models.CHECKPOINTS / f"real-{request.param}.json"
    if not file.exists():
        pytest.skip("there is no package index, or only make test-all has this model")
    return dict(json.loads(file.read_text()))


@pytest.fixture(scope="module")
def lm(expected: dict[str, Any]) -> KerasCausalLM:
    return models.load(expected["folder"], precision="float32")


def test_scores_and_logprobs_of_real_weights_are_those_of_transformers(
    lm: KerasCausalLM, expected: dict[str, Any]
) -> None:
    encoding = lm.encode(expected["prompt"], expected["target"])
    assert list(encoding.ids) == expected["ids"]
    trace, selected = lm.trace(encoding.ids), expected["selected"]
    logprobs = np.asarray(trace.to_numpy(trace.logprobs(terms(encoding.ids, selected))))
    np.testing.assert_allclose(logprobs, expected["logprobs"], atol=3e-5)
    weights = np.zeros((1, len(encoding)), np.float32)
    weights[0, selected] = 1
    gradients = trace.gradients(objectives(encoding.ids, weights))
    for name, method in METHODS.items():
        scores = trace.to_numpy(method(gradients, trace.embeddings))[0]
        other = np.array(expected["scores"][name])
        # Both compute in float32, in another order; python -m benchmarks.last_digits compares
        # each with float64.
        np.testing.assert_allclose(scores, other, atol=1e-4 * np.abs(other).max())
        assert np.abs(scores).sum() == pytest.approx(np.abs(other).sum(), rel=3e-5)


def test_tokens_of_messages_are_those_of_transformers(
    lm: KerasCausalLM, expected: dict[str, Any]
) -> None:
    assert lm.has_chat_template == bool(expected["chats"])
    for chat, tokens in zip(CHATS, expected["chats"], strict=False):
        if tokens is None:
            with pytest.raises(ValueError, match="chat template"):
                lm.encode(chat, " cheese")
            continue
        ids, pieces, special, messages = tokens
        encoding = lm.encode(chat, " cheese")
        assert list(encoding.ids) == ids
        assert list(encoding.pieces) == pieces
        assert list(encoding.special) == special
        assert [each.to_json() for each in encoding.messages] == messages
