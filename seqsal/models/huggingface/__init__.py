"""The adapter for PyTorch and Transformers; the only part of seqsal that imports them."""

from seqsal.models.huggingface.lm import HFCausalLM
from seqsal.models.huggingface.loading import load

__all__ = ["HFCausalLM", "load"]
