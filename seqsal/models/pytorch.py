"""PyTorch tools for both adapters: memory, and backward passes over a retained graph."""

import contextlib
from collections.abc import Sequence

import psutil
import torch
from jaxtyping import Float, Int
from torch import Tensor


def cuda_devices() -> list[str]:
    """Returns the names of all CUDA devices."""
    return [f"cuda:{number}" for number in range(torch.cuda.device_count())]


def free_bytes(device: torch.device) -> int:
    """Returns the bytes that are free on a device, unused blocks of PyTorch's cache included."""
    if device.type == "cuda":
        free, _total = torch.cuda.mem_get_info(device)
        return int(free) + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return int(psutil.virtual_memory().available)


def is_out_of_memory(error: RuntimeError) -> bool:
    """Returns whether an error reports that memory ran out."""
    # On a CPU PyTorch has no type for it: c10/core/impl/alloc_cpu.cpp.
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def all_logprobs(logits: Float[Tensor, "rows vocabulary"]) -> Float[Tensor, "rows vocabulary"]:
    """Returns the log-probability of each token in each row.

    On a CPU, `torch.log_softmax` adds up a whole vocabulary in float32, one after the other: of
    262,144 tokens it gets log-probabilities that are 2e-5 too high, and gradients that are wrong by
    as much (PyTorch 2.13). `torch.logsumexp` is exact to 1e-6, and as fast.
    """
    return logits - torch.logsumexp(logits, dim=-1, keepdim=True)


def target_logprobs(
    logits: Float[Tensor, "rows vocabulary"], targets: Int[Tensor, " rows"]
) -> Float[Tensor, " rows"]:
    """Returns the log-probability of one token in each row, as `all_logprobs` does."""
    return logits.gather(-1, targets[:, None])[:, 0] - torch.logsumexp(logits, dim=-1)


def storage_id(tensor: Tensor) -> int:
    """Returns the identity of the memory that a tensor is a view of."""
    return int(tensor.untyped_storage()._cdata)


class SavedTensorMeter(torch.autograd.graph.saved_tensors_hooks):
    """Counts the bytes that autograd saves: each storage once, weights not at all.

    The meter must not reference the graph: the graph references the meter, and the cycle would
    keep it alive.

    Attributes:
        nbytes: bytes saved so far.
    """

    def __init__(self, weight_storages: set[int]) -> None:
        """Starts at 0.

        Args:
            weight_storages: `storage_id` of each weight.
        """
        super().__init__(self._count, lambda tensor: tensor)
        self._seen = set(weight_storages)
        self.nbytes = 0

    def _count(self, tensor: Tensor) -> Tensor:
        if storage_id(tensor) not in self._seen:
            self._seen.add(storage_id(tensor))
            self.nbytes += tensor.untyped_storage().nbytes()
        # Detached: a node that saves its own output would reference itself and never be freed.
        return tensor.detach()


def vjp(
    output: Float[Tensor, "*shape"],
    inputs: Sequence[Float[Tensor, "..."]],
    seeds: Float[Tensor, "seeds *shape"],
    *,
    batched: bool,
) -> Float[Tensor, "seeds ..."]:
    """Returns d(seed . output) / d inputs for each seed, and retains the graph.

    Args:
        output: an output of the graph.
        inputs: leaves of the graph; of several, the results are joined along the last axis but
            one.
        seeds: the gradients at the output.
        batched: whether to try one backward pass for all seeds. Operations without a batching
            rule raise a RuntimeError, as does memory that holds one seed but not all; then the
            seeds run one by one.
    """

    def grad(seed: Tensor, *, is_batch: bool) -> Tensor:
        gradients = torch.autograd.grad(
            output, [*inputs], seed, retain_graph=True, is_grads_batched=is_batch
        )
        return gradients[0] if len(gradients) == 1 else torch.cat(gradients, dim=-2)

    if len(seeds) > 1 and batched:
        with contextlib.suppress(RuntimeError):
            return grad(seeds, is_batch=True)
    return torch.stack([grad(seed, is_batch=False) for seed in seeds])
