"""The formulas of the methods on arrays of several frameworks."""

from typing import Any

import numpy as np
import pytest
import torch

from seqsal.attribution import registry
from seqsal.attribution.method import GradientMethod
from tests.objectives import METHODS


def test_grad_l2_is_the_length_of_each_gradient() -> None:
    gradients = np.array([[[3, 4], [0, 0], [0, -2]]], np.float32)
    scores = METHODS["grad_l2"](gradients, np.ones((3, 2), np.float32))
    np.testing.assert_array_equal(scores, [[5, 0, 2]])


def test_grad_dot_input_is_the_dot_product_with_the_embedding() -> None:
    gradients = np.array([[[3, 4], [1, 1]], [[1, 0], [0, 1]]], np.float32)
    embeddings = np.array([[1, -1], [2, 5]], np.float32)
    scores = METHODS["grad_dot_input"](gradients, embeddings)
    np.testing.assert_array_equal(scores, [[-1, 7], [1, 5]])


def _gradient_methods() -> list[Any]:
    return [m for m in registry.all_methods() if isinstance(m, GradientMethod)]


@pytest.mark.parametrize("method", _gradient_methods(), ids=lambda method: method.info.name)
def test_a_zero_gradient_gives_zero_and_not_nan(method: GradientMethod) -> None:
    gradients, embeddings = np.zeros((1, 3, 2), np.float32), np.ones((3, 2), np.float32)
    np.testing.assert_array_equal(method.score(gradients, embeddings), [[0, 0, 0]])


@pytest.mark.parametrize("method", _gradient_methods(), ids=lambda method: method.info.name)
def test_torch_gives_what_numpy_gives(method: GradientMethod) -> None:
    rng = np.random.default_rng(3)
    gradients = rng.normal(size=(2, 5, 7)).astype(np.float32)
    embeddings = rng.normal(size=(5, 7)).astype(np.float32)
    from_torch = method.score(torch.from_numpy(gradients), torch.from_numpy(embeddings)).numpy()
    np.testing.assert_allclose(from_torch, method.score(gradients, embeddings), rtol=1e-6)


def test_shapes_in_signatures_are_checked() -> None:
    with pytest.raises(TypeError, match="tokens dim"):
        METHODS["grad_l2"](np.zeros((1, 3, 2), np.float32), np.ones((4, 2), np.float32))
