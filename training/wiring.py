"""Initializes two heads of a model as an induction pair, which copies text.

To predict the token after the last occurrence of the current token, a Transformer needs two heads:
one that writes the previous token into each position, and one in a later layer that attends to
positions after the same token (induction heads, Olsson et al. 2022, arXiv 2209.11895). Neither
lowers the loss without the other. Random weights of these sizes did not form them within millions
of tokens. Here both exist approximately from the first step, and training refines them.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from transformers import LlamaForCausalLM

_FAST: Final = 6
"""Rotary pairs of a head that turn fast enough to distinguish neighbouring positions."""
_SHARPNESS: Final = 9.0
"""The contribution of a fast pair to the logit of the previous token."""
_MATCHING: Final = 32.0
"""The scale of the logits that compare two tokens."""
_FIRST_SCALE: Final = 0.1
"""Scales the output of the first head to the size of the embeddings."""
_SECOND_SCALE: Final = 0.2
"""Scales the output of the second head, which is read as the next token."""


def wire(model: LlamaForCausalLM) -> None:
    """Makes the first head of layer 0 attend one token back, and that of layer 1 copy.

    Args:
        model: a model with random weights, at least two layers, and a head width of at least 16.
            Its other heads do not change.
    """
    width = model.config.head_dim
    table = model.model.embed_tokens.weight
    first, second = (layer.self_attn for layer in model.model.layers[:2])
    with torch.no_grad():
        # All tokens share this direction, so at the output it changes no probability.
        common = nn.functional.normalize(torch.randn(table.shape[1]), dim=0)
        table += common * table.norm(dim=1).mean()
        what, where, said = (_apart(common, width) for _ in range(3))
        _look_back(first, common, model.model.rotary_emb.inv_freq)
        _write(first, what, where * _FIRST_SCALE)
        _compare(second, what, where)
        _write(second, said, said * _SECOND_SCALE)


def _look_back(attention: nn.Module, common: Tensor, angles: Tensor) -> None:
    """Makes the first head attend to the previous token, whatever the tokens are.

    Rotary embeddings rotate components i and i + width / 2 of query and key by angles[i] per token
    of distance (Su et al. 2021, arXiv 2104.09864, section 3.2.2). Query and key are the same for
    all tokens, but the query is rotated back by one token, where they match.
    """
    half = len(angles)
    query, key = (attention.get_parameter(f"{name}_proj.weight") for name in "qk")
    # After the norm the mean square is 1, and half of it is the shared direction.
    read = common / (len(common) / 2) ** 0.5 * (_SHARPNESS * (2 * half) ** 0.5) ** 0.5
    query[: 2 * half] = key[: 2 * half] = 0
    key[:_FAST] = read
    query[:_FAST] = torch.outer(angles[:_FAST].cos(), read)
    query[half : half + _FAST] = torch.outer(-angles[:_FAST].sin(), read)


def _compare(attention: nn.Module, what: Tensor, where: Tensor) -> None:
    """Makes the first head attend to positions whose `where` equals `what` of the current token.

    It uses pairs that rotate slowly, so that the distance hardly matters.
    """
    width = len(what)
    slow = torch.cat([torch.arange(width // 4, width // 2) + start for start in (0, width // 2)])
    for name, read in (("q", what), ("k", where)):
        weight = attention.get_parameter(f"{name}_proj.weight")
        weight[:width] = 0
        weight[slow] = read[: len(slow)] * (_MATCHING / width**0.5) ** 0.5


def _write(attention: nn.Module, read: Tensor, write: Tensor) -> None:
    """Makes the first head copy the directions `read` to the directions `write`."""
    attention.get_parameter("v_proj.weight")[: len(read)] = read
    attention.get_parameter("o_proj.weight")[:, : len(write)] = write.T


def _apart(common: Tensor, width: int) -> Tensor:
    """Returns directions orthogonal to each other and to `common`, "width hidden"."""
    drawn = torch.randn(len(common), width)
    drawn -= torch.outer(common, common @ drawn)
    directions: Tensor = torch.linalg.qr(drawn).Q
    return directions.T
