"""What `layer_intercept_fn` sees and changes, on every backend."""

from typing import Any

import keras
import numpy as np
import pytest

from seqsal.models.keras.lm import KerasCausalLM
from tests.models.keras.models import BACKEND, IDS, assert_close, gradients_of
from tests.objectives import terms


def test_intercept_sees_embeddings_and_every_layer_in_order(lms: dict[str, KerasCausalLM]) -> None:
    lm = lms["gemma"]
    seen: dict[int, Any] = {}

    def record(x: Any, i: int) -> Any:
        seen[i] = x
        return x

    trace = lm.trace(IDS, record)
    assert list(seen) == [0, 1, 2, 3]
    assert {tuple(x.shape) for x in seen.values()} == {(1, 11, 24)}
    if BACKEND != "jax":  # JAX passes tracers.
        table = keras.ops.convert_to_numpy(lm.model.backbone.token_embedding.embeddings)
        assert_close(trace.to_numpy(seen[0])[0], table[IDS])
        layers = keras.Model(
            lm.model.backbone.input,
            [layer.output for layer in lm.model.backbone.transformer_layers],
        )
        ids = keras.ops.convert_to_tensor([IDS], dtype="int32")
        outputs = layers({"token_ids": ids, "padding_mask": keras.ops.ones_like(ids)})
        for i, output in enumerate(outputs, start=1):
            assert_close(trace.to_numpy(seen[i]), trace.to_numpy(output))


@pytest.mark.parametrize("layer", [0, 1, 2, 3])
def test_the_model_continues_with_the_array_that_intercept_returns(
    lms: dict[str, KerasCausalLM], layer: int
) -> None:
    lm = lms["gemma"]
    keep = np.ones((1, 11, 1), np.float32)
    keep[:, 3] = 0
    mask = keras.ops.convert_to_tensor(keep)
    changed = lm.trace(IDS, lambda x, i: x * mask if i == layer else x)
    plain, positions = lm.trace(IDS), np.array([2, 4])
    before, after = (
        trace.to_numpy(trace.logprobs(terms(IDS, positions))) for trace in (plain, changed)
    )
    assert before[0] == pytest.approx(after[0], abs=1e-5)  # What comes earlier cannot change.
    assert abs(before[1] - after[1]) > 1e-3
    # With the last layer's row 3 gone nothing of the past reaches token 4.
    reaches = abs(gradients_of(changed, np.eye(11, dtype=np.float32)[[4]])).sum() > 0
    assert bool(reaches) == (layer < 3)
