"""Speed-ups that reach into Keras, keras-hub or a backend, one a file.

`seqsal.models.accelerate` has the switch of each.
"""
