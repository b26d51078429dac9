"""Attention patterns as matrices, for backward passes in which they are constants.

The backward pass of `scaled_dot_product_attention` computes the gradients of queries, keys and
values. Where only the values have one, it is a product with the patterns.
"""

import dataclasses
import math
from typing import Any, Final

import torch
from jaxtyping import Float
from torch import Tensor

_MOST: Final = 1 << 20
"""Numbers in the patterns of all heads of a sequence. On a CPU, larger ones take as long as the
backward pass of `scaled_dot_product_attention`, and they would take much memory."""


@dataclasses.dataclass(frozen=True)
class AttentionPatterns:
    """How the patterns follow from queries and keys.

    Attributes:
        tensors: the queries, the keys and the mask.
        is_causal: whether a query attends only to as many keys as there are queries up to it.
        scale: the factor of the products of queries and keys.
    """

    tensors: tuple[Tensor, Tensor, Tensor | None]
    is_causal: bool
    scale: float

    @classmethod
    def of(
        cls,
        query: Float[Tensor, "batch heads tokens dim"],
        key: Float[Tensor, "batch heads2 keys dim"],
        value: Float[Tensor, "batch heads2 keys dim2"],
        attn_mask: Tensor | None = None,
        dropout_p: float = 0.0,
        is_causal: bool = False,
        scale: float | None = None,
        **settings: Any,
    ) -> "AttentionPatterns | None":
        """Returns the patterns of a call of `scaled_dot_product_attention`.

        Returns:
            None where its own backward pass is faster, or the patterns are not constants.
        """
        shape = (*query.shape[1:-1], key.shape[-2])
        varies = dropout_p or (attn_mask is not None and attn_mask.requires_grad)
        # In a narrower type, products of queries and keys would be rounded before the softmax.
        plain = query.device.type == "cpu" and query.dtype == torch.float32 and query.ndim == 4
        if varies or not plain or math.prod(shape) > _MOST:
            return None
        if scale is None:
            scale = query.shape[-1] ** -0.5
        return cls((query.detach(), key.detach(), attn_mask), is_causal, scale)

    def matrix(
        self,
        query: Float[Tensor, "batch heads tokens dim"],
        key: Float[Tensor, "batch heads2 keys dim"],
        mask: Tensor | None,
    ) -> Float[Tensor, "batch heads tokens keys"]:
        """Returns the share of each key in each query's attention.

        Args:
            query: the queries, in groups of heads that share keys and values.
            key: the keys.
            mask: True where a query attends to a key, or a number to be added.
        """
        if (group := query.shape[1] // key.shape[1]) > 1:
            key = key.repeat_interleave(group, dim=1)
        products = (query * self.scale) @ key.transpose(-1, -2)
        if self.is_causal:
            mask = torch.ones(products.shape[-2:], dtype=torch.bool).tril()
        if mask is not None and mask.dtype == torch.bool:
            # Not -inf: the softmax of a row that attends to nothing would not be a number.
            products.masked_fill_(~mask, torch.finfo(products.dtype).min)
        elif mask is not None:
            products += mask
        return products.softmax(-1)

    def into_value(
        self,
        gradient: Float[Tensor, "batch heads tokens dim2"],
        matrix: Float[Tensor, "batch heads tokens keys"],
    ) -> Float[Tensor, "batch heads2 keys dim2"]:
        """Returns the gradient of the values from that of the output."""
        into = matrix.transpose(-1, -2) @ gradient
        heads = self.tensors[1].shape[1]
        if heads == into.shape[1]:
            return into
        return into.view(len(into), heads, -1, *into.shape[2:]).sum(2)
