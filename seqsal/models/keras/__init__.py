"""The adapter for Keras on TensorFlow, PyTorch or JAX; the only package that imports Keras.

Keras reads its backend when it is first imported. So nothing here imports it before
`backend.use` has set the backend.
"""

from typing import TYPE_CHECKING, Any

from seqsal.models.keras import backend

if TYPE_CHECKING:
    from seqsal.models.keras.lm import KerasCausalLM


def load(model: Any, *, runtime: str | None = None, **choices: Any) -> "KerasCausalLM":
    """Returns a language model on Keras.

    Args:
        model: a preset name, a folder, a URL of an archive (see
            `seqsal.models.keras.loading.load`), or a loaded `keras_nlp.models.CausalLM`.
        runtime: tensorflow, torch or jax; None for the current backend of Keras.
        **choices: the other arguments of that function.

    Raises:
        ValueError: Keras is not installed, already runs on another backend, or the model can
            not be loaded.
    """
    backend.use(runtime or backend.default())
    from seqsal.models.keras import loading

    lm: KerasCausalLM = loading.load(model, **choices)
    return lm


__all__ = ["load"]
