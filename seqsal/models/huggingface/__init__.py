"""The adapter for PyTorch and Transformers; the only part of seqsal that imports them."""

from seqsal.models.huggingface.lm import HFCausalLM
from seqsal.models.huggingface.loading import load, of_model
from seqsal.models.huggingface.twin import weights_state

__all__ = ["HFCausalLM", "load", "of_model", "weights_state"]
