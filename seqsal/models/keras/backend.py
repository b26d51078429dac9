"""The backend of Keras: set once in a process, before Keras is imported."""

import importlib.util
import os
import sys
from typing import Final

RUNTIMES: Final = ("tensorflow", "torch", "jax")

_EXTRAS: Final = {"keras": "keras", "keras_nlp": "keras", "tensorflow": "keras", "jax": "jax"}
"""The extra of seqsal that installs a package; PyTorch is a dependency of seqsal itself."""


def use(runtime: str) -> None:
    """Sets the backend of Keras, and imports Keras.

    Args:
        runtime: tensorflow, torch or jax; overrides the environment variable KERAS_BACKEND.

    Raises:
        ValueError: a package is not installed, or Keras already runs on another framework.
    """
    if runtime not in RUNTIMES:
        raise ValueError(f"dl_runtime must be one of {', '.join(RUNTIMES)}; got {runtime!r}.")
    _check_installed(runtime)
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = runtime
        _share_accelerators()
    import keras

    if keras.config.backend() != runtime:
        raise ValueError(
            f"Keras runs on one framework in a process, and here it already runs on"
            f" {keras.config.backend()}; dl_runtime={runtime} was requested. Restart with"
            f" --dl_runtime={runtime} (in a notebook: restart the kernel), or load this model"
            f" with dl_runtime={keras.config.backend()}."
        )


def default() -> str:
    """Returns the backend of Keras, or before its import that of the environment."""
    if "keras" in sys.modules:
        return str(sys.modules["keras"].config.backend())
    return os.environ.get("KERAS_BACKEND", "torch")


def _check_installed(runtime: str) -> None:
    missing = [
        extra
        for package, extra in _EXTRAS.items()
        if package in ("keras", "keras_nlp", runtime) and importlib.util.find_spec(package) is None
    ]
    if missing:
        extras = ",".join(sorted({"keras", *missing}))
        raise ValueError(
            f"--dl_framework=kerasnlp with --dl_runtime={runtime} needs packages that are not"
            f" installed. Install them with: pip install 'seqsal[{extras}]'"
        )


def _share_accelerators() -> None:
    """Prevents TensorFlow and JAX from allocating a whole GPU at start.

    keras-hub imports TensorFlow for its tokenizers on every backend.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
