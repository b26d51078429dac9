"""The backends of Keras: gradients, compilation and memory."""

import functools

import keras

from seqsal.models.keras.runtime.base import Runtime


@functools.cache
def current() -> Runtime:
    """Returns the runtime of the backend that Keras runs on."""
    name = keras.config.backend()
    if name == "tensorflow":
        from seqsal.models.keras.runtime.tensorflow import TensorFlowRuntime

        return TensorFlowRuntime()
    if name == "jax":
        from seqsal.models.keras.runtime.jax import JaxRuntime

        return JaxRuntime()
    if name == "torch":
        from seqsal.models.keras.runtime.torch import TorchRuntime

        return TorchRuntime()
    raise ValueError(f"Keras must run on tensorflow, torch or jax; it runs on {name}.")
