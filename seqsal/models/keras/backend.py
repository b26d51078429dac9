"""Which framework Keras runs on: chosen once in a process, before Keras is imported."""

import importlib.util
import os
import sys
from typing import Final

RUNTIMES: Final = ("tensorflow", "torch", "jax")

_EXTRAS: Final = {"keras": "keras", "keras_nlp": "keras", "tensorflow": "keras", "jax": "jax"}
"""Which extra of seqsal installs a package; PyTorch comes with seqsal itself."""


def use(runtime: str) -> None:
    """Makes Keras run on a framework, and imports it.

    Args:
        runtime: tensorflow, torch or jax; goes before the environment variable KERAS_BACKEND.

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
            f" {keras.config.backend()}; dl_runtime={runtime} was asked for. Restart with"
            f" --dl_runtime={runtime} (in a notebook: restart the kernel), or load this model"
            f" with dl_runtime={keras.config.backend()}."
        )


def default() -> str:
    """Returns the framework that Keras runs on, or else would take from the environment."""
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
    """Keeps TensorFlow and JAX from taking a whole GPU when they start.

    keras-hub imports TensorFlow for its tokenizers, whatever the models run on.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
