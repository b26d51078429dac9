"""The adapter for PyTorch and Transformers; the only package of seqsal that imports them."""

from seqsal.models.transformers.lm import HFCausalLM
from seqsal.models.transformers.loading import load, of_model
from seqsal.models.transformers.shared_weights import weights_state

__all__ = ["HFCausalLM", "load", "of_model", "weights_state"]
