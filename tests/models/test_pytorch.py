"""PyTorch tools of the adapters."""

import torch

from seqsal.models.pytorch import all_logprobs, target_logprobs

VOCABULARY = 262_144
"""That of Gemma 3, over which `torch.log_softmax` is wrong by 2e-5."""


def test_logprobs_over_a_large_vocabulary_and_their_gradients_are_those_of_float64() -> None:
    torch.manual_seed(0)
    logits = 3 * torch.randn(3, VOCABULARY)
    targets = torch.tensor([5, 7, 11])
    exact = torch.log_softmax(logits.double(), dim=-1)
    torch.testing.assert_close(all_logprobs(logits).double(), exact, rtol=0, atol=4e-6)
    logits.requires_grad_()
    found = target_logprobs(logits, targets)
    expected = exact.gather(-1, targets[:, None])[:, 0]
    torch.testing.assert_close(found.double(), expected, rtol=0, atol=4e-6)
    (slopes,) = torch.autograd.grad(found.sum(), logits)
    # The probabilities add up to one, so that the slopes add up to zero.
    zeros = torch.zeros(3, dtype=torch.float64)
    torch.testing.assert_close(slopes.double().sum(dim=-1), zeros, rtol=0, atol=4e-6)
