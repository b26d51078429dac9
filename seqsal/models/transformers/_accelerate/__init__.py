"""Speed-ups that reach into PyTorch, Transformers or the C library, one a file.

`seqsal.models.accelerate` has the switch of each.
"""
