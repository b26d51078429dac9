"""The memory that PyTorch has: how much is free, and when it has run out."""

import psutil
import torch


def free_bytes(device: torch.device) -> int:
    """Returns the memory of a device that is free now, or that PyTorch holds without using it."""
    if device.type == "cuda":
        free, _total = torch.cuda.mem_get_info(device)
        return int(free) + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return int(psutil.virtual_memory().available)


def has_run_out(error: RuntimeError) -> bool:
    """Returns whether an error says that there is no memory left."""
    # On a CPU PyTorch has no type for it: c10/core/impl/alloc_cpu.cpp.
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)
