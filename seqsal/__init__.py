"""Sequence Salience: which parts of a prompt did the model lean on?

The public names are imported on first use, so that `import seqsal` is quick and
loads no machine-learning framework.
"""

import importlib
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "Options": "seqsal.options",
    "Result": "seqsal.results.result",
    "client_root": "seqsal.client",
    "compare": "seqsal.notebook.view",
    "explain": "seqsal.explaining.explain",
    "get_datasets": "seqsal.datasets",
    "get_layouts": "seqsal.layouts",
    "get_models": "seqsal.models",
    "make_app": "seqsal.server",
    "make_notebook_widget": "seqsal.notebook.page",
    "view": "seqsal.notebook.view",
}

__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> Any:
    """Returns a public name from the module that defines it (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'seqsal' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
