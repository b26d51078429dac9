"""Makes a larger model out of a smaller one, which says the same until it is trained on.

What is added is such that it changes nothing yet, but can be learned at once: whatever is added
reads at random and writes zeros (Chen et al. 2016, arXiv 1511.05641, has the idea).
"""

from __future__ import annotations

import torch
from torch import Tensor
from transformers import LlamaForCausalLM

_READ_STD = 0.02
_WRITERS = ("o_proj", "down_proj")


def grow(small: LlamaForCausalLM, large: LlamaForCausalLM) -> None:
    """Copies a small model into a larger one, which then has the logits of the small one.

    Args:
        small: what is copied.
        large: at least as wide in every direction, with as many layers, heads of the same width
            and the same vocabulary. Its weights are replaced.

    Raises:
        ValueError: the shapes do not allow it.
    """
    one, other = small.config, large.config
    same = ("num_hidden_layers", "head_dim", "vocab_size")
    larger = ("hidden_size", "num_attention_heads", "intermediate_size")
    if any(getattr(one, k) != getattr(other, k) for k in same) or any(
        getattr(one, k) > getattr(other, k) for k in larger
    ):
        raise ValueError(
            f"rule: a model grows in {', '.join(larger)} only; expected {', '.join(same)} to stay,"
            f" got {[getattr(one, k) for k in (*same, *larger)]} and"
            f" {[getattr(other, k) for k in (*same, *larger)]}; choose another size"
        )
    # Zeros in the new places make the root mean square, which norms divide by, smaller.
    thinner = (one.hidden_size / other.hidden_size) ** 0.5
    weights = small.state_dict()
    large.load_state_dict(
        {
            name: _grown(name, weights[name], new, thinner)
            for name, new in large.state_dict().items()
        }
    )


def _grown(name: str, old: Tensor, new: Tensor, thinner: float) -> Tensor:
    if old.dim() == 1:
        grown = torch.full_like(new, old.mean().item())
        grown[: len(old)] = old
        return grown * thinner
    silent = any(writer in name for writer in _WRITERS) or "embed" in name or "lm_head" in name
    grown = torch.zeros_like(new) if silent else torch.randn_like(new) * _READ_STD
    grown[: old.shape[0], : old.shape[1]] = old
    return grown
