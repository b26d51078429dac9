"""The parts of a Transformers model: embedding table, body of layers, head."""

import contextlib

import torch
import transformers
from jaxtyping import Float, Int
from torch import Tensor

from seqsal.models.causal_lm import LayerInterceptFn
from seqsal.models.device_queue import queue_of
from seqsal.models.pytorch import storage_id
from seqsal.models.transformers import patches
from seqsal.models.transformers._accelerate.row_sparse import row_sparse
from seqsal.models.transformers.linearization import Offsets, linearizable
from seqsal.models.transformers.linearized_operations import Linearization


class Network:
    """The parts of a causal model, each of which can run alone.

    Attributes:
        model: the whole model.
        queue: to be held while the model runs, since parts of it are patched meanwhile.
        weight_storages: identities of the weights' memory.
        dtype: the type that the model computes in; weights may be stored in a narrower one.
    """

    def __init__(self, model: transformers.PreTrainedModel) -> None:
        """Puts a loaded model in evaluation mode and freezes its weights."""
        self.model = model.eval().requires_grad_(False)
        self.weight_storages = {storage_id(weight) for weight in model.parameters()}
        self._decoder = model.get_decoder()
        # Referenced here: `embed` replaces it in its module while other threads read rows.
        self._table = model.get_input_embeddings().weight
        self.queue = queue_of(str(self.device))
        first = torch.zeros(1, 1, dtype=torch.long, device=self.device)
        self.dtype: torch.dtype = model.get_input_embeddings()(first).dtype

    def table_rows(self, ids: Int[Tensor, " tokens"]) -> Float[Tensor, "tokens dim"]:
        """Returns a copy of the embedding table's rows of some tokens, in `dtype`."""
        rows: Tensor = self._table[ids]
        return rows.to(self.dtype)

    @property
    def dim(self) -> int:
        """The length of a token's embedding."""
        return int(self._table.shape[1])

    @property
    def table_size(self) -> int:
        """The number of rows of the embedding table."""
        return int(self._table.shape[0])

    @property
    def name(self) -> str:
        """The name of the model's class."""
        return type(self.model).__name__

    @property
    def device(self) -> torch.device:
        """The device of the token ids."""
        device: torch.device = self.model.get_input_embeddings().weight.device
        return device

    def embed(
        self, rows: Float[Tensor, "rows dim"], index: Int[Tensor, "batch tokens"] | None = None
    ) -> Float[Tensor, "batch tokens hidden"]:
        """Returns the embedding module's output for rows of its table (Gemma scales them).

        Args:
            rows: the rows.
            index: the row of each token; None for one sequence of all rows.
        """
        if index is None:
            index = torch.arange(len(rows), device=rows.device)[None]
        return patches.embed_rows(self.model.get_input_embeddings(), rows, index)

    def body(
        self,
        inputs: Float[Tensor, "batch tokens hidden"],
        *,
        intercept: LayerInterceptFn | None = None,
        checkpoint: bool = False,
        batched: bool = True,
        linearization: Linearization | None = None,
        offsets: Offsets | None = None,
        cache: transformers.DynamicCache | None = None,
    ) -> Float[Tensor, "batch tokens hidden2"]:
        """Returns the last hidden states of each sequence.

        Args:
            inputs: the output of `embed`.
            intercept: sees and may change the output of each layer.
            checkpoint: whether layers save only their inputs and are recomputed in a backward
                pass.
            batched: whether backward passes are to be batched; if not, the top layer's may be
                sparse in its rows.
            linearization: switches backward passes to the linearized network; None for a graph
                without that network.
            offsets: collects the constants of the linearized network.
            cache: the keys and values of the tokens before them; those of `inputs` are added.
        """
        with contextlib.ExitStack() as stack:
            if linearization is not None:
                modules = [*self.layers, *self._norms]
                sparse = None if batched else self.layers[-1]
                stack.enter_context(linearizable(modules, linearization, offsets, sparse))
            if not batched:
                stack.enter_context(row_sparse(self.layers[-1]))
            if intercept is not None:
                stack.enter_context(patches.intercepted(self.layers, intercept))
            if checkpoint:
                stack.enter_context(patches.checkpointed(self.layers))
            output = self._decoder(
                inputs_embeds=inputs, past_key_values=cache, use_cache=cache is not None
            )
        hidden: Tensor = output[0]
        return hidden

    def new_cache(self) -> transformers.DynamicCache:
        """Returns an empty cache of keys and values."""
        return transformers.DynamicCache(config=self.model.config.get_text_config())

    def states(
        self, ids: Int[Tensor, "rows tokens"], cache: transformers.DynamicCache | None = None
    ) -> Float[Tensor, "rows tokens hidden"]:
        """Returns the last hidden states of some rows of tokens, without a graph.

        Args:
            ids: the tokens.
            cache: the keys and values of the tokens before them; those of `ids` are added.
        """
        output = self._decoder(input_ids=ids, past_key_values=cache, use_cache=cache is not None)
        hidden: Tensor = output[0]
        return hidden

    @property
    def layers(self) -> torch.nn.ModuleList:
        """The transformer layers: the one list of modules that a decoder has.

        Raises:
            ValueError: the decoder has none.
        """
        for child in self._decoder.children():
            if isinstance(child, torch.nn.ModuleList) and len(child):
                return child
        raise ValueError(
            "A model must have a list of transformer layers; got a"
            f" {type(self._decoder).__name__} without one."
        )

    @property
    def _norms(self) -> list[torch.nn.Module]:
        """The modules of the decoder beside its layers that have weights, such as the last norm."""
        return [
            child
            for child in self._decoder.children()
            if not isinstance(child, torch.nn.ModuleList | torch.nn.Embedding)
            and any(True for _ in child.parameters())
        ]

    def head(self, hidden: Float[Tensor, "rows hidden"]) -> Float[Tensor, "rows vocabulary"]:
        """Returns the logits of some rows of the last hidden states."""
        return patches.head_logits(self.model, hidden)
