import numpy as np
import pytest
import torch

from seqsal.attribution import salience


def test_grad_l2_is_the_length_of_each_gradient() -> None:
    gradients = np.array([[[3, 4], [0, 0], [0, -2]]], np.float32)
    scores = salience.grad_l2(gradients, np.ones((3, 2), np.float32))
    np.testing.assert_array_equal(scores, [[5, 0, 2]])


def test_grad_dot_input_is_the_dot_product_with_the_embedding() -> None:
    gradients = np.array([[[3, 4], [1, 1]], [[1, 0], [0, 1]]], np.float32)
    embeddings = np.array([[1, -1], [2, 5]], np.float32)
    scores = salience.grad_dot_input(gradients, embeddings)
    np.testing.assert_array_equal(scores, [[-1, 7], [1, 5]])


@pytest.mark.parametrize("method", salience.METHODS)
def test_a_zero_gradient_gives_zero_and_not_nan(method: str) -> None:
    gradients, embeddings = np.zeros((1, 3, 2), np.float32), np.ones((3, 2), np.float32)
    np.testing.assert_array_equal(salience.METHODS[method](gradients, embeddings), [[0, 0, 0]])


@pytest.mark.parametrize("method", salience.METHODS)
def test_torch_gives_what_numpy_gives(method: str) -> None:
    rng = np.random.default_rng(3)
    gradients = rng.normal(size=(2, 5, 7)).astype(np.float32)
    embeddings = rng.normal(size=(5, 7)).astype(np.float32)
    function = salience.METHODS[method]
    from_torch = function(torch.from_numpy(gradients), torch.from_numpy(embeddings)).numpy()
    np.testing.assert_allclose(from_torch, function(gradients, embeddings), rtol=1e-6)


def test_shapes_in_signatures_are_checked() -> None:
    with pytest.raises(TypeError, match="tokens dim"):
        salience.grad_l2(np.zeros((1, 3, 2), np.float32), np.ones((4, 2), np.float32))


def test_selection_weights_are_the_mask_without_the_first_token() -> None:
    np.testing.assert_array_equal(salience.selection_weights([1, 0, 1.0], 3), [0, 0, 1])


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        ([0, 1], "one value for each token: expected 3, got 2. Tokenize this prompt"),
        ([0, 0, 1, 0], "expected 3, got 4"),
        ([0, 0.5, 1], "only 0 and 1, got 0.5"),
        ([0, float("nan"), 1], "only 0 and 1, got nan"),
        ([0, 0, 0], "at least one token, got only zeros"),
        ([1, 0, 0], "only the first token, which the model does not predict"),
    ],
)
def test_a_wrong_mask_is_told(mask: list[float | int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        salience.selection_weights(mask, 3)
