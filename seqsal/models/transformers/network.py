"""A Transformers model taken apart: embedding table, body of layers, head."""

import contextlib

import torch
import transformers
from jaxtyping import Float, Int
from torch import Tensor
from transformers.modeling_outputs import BaseModelOutputWithPastAndCrossAttentions

from seqsal.models.causal_lm import LayerInterceptFn
from seqsal.models.device_queue import queue_of
from seqsal.models.patching import replaced
from seqsal.models.transformers._accelerate.row_sparse import row_sparse
from seqsal.models.transformers.hooks import checkpointed, embedded, intercepted


class Network:
    """The parts of a causal model, each of which can be run alone.

    Attributes:
        model: the whole model.
        queue: to be held while the model runs, since parts of it are swapped meanwhile.
        weight_storages: identities of the weights' memory.
        dtype: the type that it computes in; weights may be kept in a narrower one.
    """

    def __init__(self, model: transformers.PreTrainedModel) -> None:
        """Takes over a loaded model: puts it in evaluation mode and freezes its weights."""
        self.model = model.eval().requires_grad_(False)
        self.weight_storages = {p.untyped_storage()._cdata for p in model.parameters()}
        self._decoder = model.get_decoder()
        # Held here: in its module it is swapped while `embed` runs, and rows are read meanwhile.
        self._table = model.get_input_embeddings().weight
        self.queue = queue_of(str(self.device))
        first = torch.zeros(1, 1, dtype=torch.long, device=self.device)
        self.dtype: torch.dtype = model.get_input_embeddings()(first).dtype

    def table_rows(self, ids: Int[Tensor, " tokens"]) -> Float[Tensor, "tokens dim"]:
        """Returns a copy of the embedding table's rows of some tokens, in the type computed in."""
        rows: Tensor = self._table[ids]
        return rows.to(self.dtype)

    @property
    def dim(self) -> int:
        """The length of a token's embedding."""
        return int(self._table.shape[1])

    @property
    def device(self) -> torch.device:
        """Where token ids go in."""
        device: torch.device = self.model.get_input_embeddings().weight.device
        return device

    def embed(self, rows: Float[Tensor, "tokens dim"]) -> Float[Tensor, "1 tokens hidden"]:
        """Returns what the embedding module makes of rows of its table (Gemma scales them)."""
        index = torch.arange(len(rows), device=rows.device)[None]
        return embedded(self.model.get_input_embeddings(), rows, index)

    def body(
        self,
        inputs: Float[Tensor, "1 tokens hidden"],
        *,
        intercept: LayerInterceptFn | None = None,
        checkpoint: bool = False,
        by_rows: bool = False,
    ) -> Float[Tensor, "1 tokens hidden2"]:
        """Returns the last hidden states of the sequence.

        Args:
            inputs: what the embedding module gives.
            intercept: sees and may change the output of each layer.
            checkpoint: whether layers keep only their inputs, and run again in a backward pass.
            by_rows: whether the top layer's backward pass picks out the rows with a gradient;
                it can then not be batched.
        """
        with contextlib.ExitStack() as stack:
            if by_rows:
                stack.enter_context(row_sparse(self.layers[-1]))
            if intercept is not None:
                stack.enter_context(intercepted(self.layers, intercept))
            if checkpoint:
                stack.enter_context(checkpointed(self.layers))
            output = self._decoder(inputs_embeds=inputs, use_cache=False)
        hidden: Tensor = output[0]
        return hidden

    @property
    def layers(self) -> torch.nn.ModuleList:
        """The transformer layers: the one list of modules that a decoder has.

        Raises:
            ValueError: it has none.
        """
        for child in self._decoder.children():
            if isinstance(child, torch.nn.ModuleList) and len(child):
                return child
        raise ValueError(
            f"A model with a list of layers is needed; {type(self._decoder).__name__} has none."
        )

    def head(self, hidden: Float[Tensor, "rows hidden"]) -> Float[Tensor, "rows vocabulary"]:
        """Returns the logits of some rows of hidden states.

        The model's own forward is run with its body replaced, so that whatever it does after
        the last layer (soft-capping, scaling) is done here too.
        """
        output = BaseModelOutputWithPastAndCrossAttentions(last_hidden_state=hidden[None])
        with replaced(self._decoder, "forward", lambda *_, **__: output):
            logits: Tensor = self.model(inputs_embeds=hidden[None], use_cache=False).logits
        return logits[0]
