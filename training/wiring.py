"""Begins a model with a pair of heads that copy, which take it long to find by itself.

To say what stood after the last place of a token, a Transformer needs two heads: one that tells
each token what stood before it, and in a later layer one that looks for the tokens before which
the present one stood (induction heads, Olsson et al. 2022, arXiv 2209.11895). Neither lowers the
loss without the other, so that chance has to bring them together: random weights of these sizes
have not found them in millions of tokens. Here both are there at the first step, roughly; training
makes of them what it needs.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from transformers import LlamaForCausalLM

_FAST: Final = 6
"""Pairs of a head's numbers that turn fast enough with the position to tell neighbours apart."""
_SHARPNESS: Final = 9.0
"""What a fast pair adds to the logit of the token before; it adds less to that of every other."""
_MATCHING: Final = 32.0
"""The scale of the logits by which two tokens are compared."""
_TOLD: Final = 0.1
"""Makes what the first head writes about as large as a token's own numbers at the beginning."""
_SAID: Final = 0.2
"""Makes what the second head writes larger, to be read as the next token at the end."""


def wire(model: LlamaForCausalLM) -> None:
    """Makes the first head of the first layer look one token back, and that of the second copy.

    Args:
        model: with random weights; two layers or more, and heads of 16 numbers or more. All heads
            but two stay as they are.
    """
    width = model.config.head_dim
    table = model.model.embed_tokens.weight
    first, second = (layer.self_attn for layer in model.model.layers[:2])
    with torch.no_grad():
        # All tokens have it in common, so it changes no probability where it comes out again.
        common = nn.functional.normalize(torch.randn(table.shape[1]), dim=0)
        table += common * table.norm(dim=1).mean()
        what, where, said = (_apart(common, width) for _ in range(3))
        _look_back(first, common, model.model.rotary_emb.inv_freq)
        _write(first, what, where * _TOLD)
        _compare(second, what, where)
        _write(second, said, said * _SAID)


def _look_back(attention: nn.Module, common: Tensor, angles: Tensor) -> None:
    """Makes the first head attend to the token before, whatever the two are.

    Rotary positions turn the numbers i and i + width / 2 of a query and a key by angles[i] for each
    token between them (Su et al. 2021, arXiv 2104.09864, section 3.2.2). Query and key are the
    same for all tokens, but the query is turned back by one token: there they agree.
    """
    half = len(angles)
    query, key = (attention.get_parameter(f"{name}_proj.weight") for name in "qk")
    # Numbers have a mean square of 1 after the norm; half of that is what tokens have in common.
    read = common / (len(common) / 2) ** 0.5 * (_SHARPNESS * (2 * half) ** 0.5) ** 0.5
    query[: 2 * half] = key[: 2 * half] = 0
    key[:_FAST] = read
    query[:_FAST] = torch.outer(angles[:_FAST].cos(), read)
    query[half : half + _FAST] = torch.outer(-angles[:_FAST].sin(), read)


def _compare(attention: nn.Module, what: Tensor, where: Tensor) -> None:
    """Makes the first head attend where `where` holds what `what` holds of the present token.

    The pairs that turn slowly are used, so that it hardly matters how far away that is.
    """
    width = len(what)
    slow = torch.cat([torch.arange(width // 4, width // 2) + start for start in (0, width // 2)])
    for name, read in (("q", what), ("k", where)):
        weight = attention.get_parameter(f"{name}_proj.weight")
        weight[:width] = 0
        weight[slow] = read[: len(slow)] * (_MATCHING / width**0.5) ** 0.5


def _write(attention: nn.Module, read: Tensor, write: Tensor) -> None:
    """Makes the first head say in the directions `write` what it reads in those of `read`."""
    attention.get_parameter("v_proj.weight")[: len(read)] = read
    attention.get_parameter("o_proj.weight")[:, : len(write)] = write.T


def _apart(common: Tensor, width: int) -> Tensor:
    """Returns directions at right angles to each other and to `common`, "width hidden"."""
    drawn = torch.randn(len(common), width)
    drawn -= torch.outer(common, common @ drawn)
    directions: Tensor = torch.linalg.qr(drawn).Q
    return directions.T
