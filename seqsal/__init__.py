"""Sequence Salience: which parts of a prompt does a language model's answer depend on?

The public names are imported on first use, so that `import seqsal` is quick and loads no
machine-learning framework.
"""

import importlib
from typing import TYPE_CHECKING

from seqsal.shared import deprecated

if TYPE_CHECKING:
    from seqsal.analysis.analysis import Analysis as Analysis
    from seqsal.analysis.run import analyze as analyze
    from seqsal.attribution.method import Cost as Cost
    from seqsal.attribution.method import GradientMethod as GradientMethod
    from seqsal.attribution.method import MethodInfo as MethodInfo
    from seqsal.attribution.methods.integrated_gradients import (
        IntegratedGradients as IntegratedGradients,
    )
    from seqsal.attribution.methods.lime import Lime as Lime
    from seqsal.attribution.registry import register_method as register_method
    from seqsal.datasets import get_datasets as get_datasets
    from seqsal.lit.client.root import client_root as client_root
    from seqsal.lit.layouts import get_layouts as get_layouts
    from seqsal.lit.models import get_models as get_models
    from seqsal.notebook.page.page import make_notebook_widget as make_notebook_widget
    from seqsal.notebook.view.view import compare as compare
    from seqsal.notebook.view.view import view as view
    from seqsal.options import Options as Options
    from seqsal.results.explain import explain as explain
    from seqsal.results.result import Result as Result
    from seqsal.server.application import make_app as make_app

__version__ = "0.1.0"

_HOME = {
    "Analysis": "seqsal.analysis.analysis",
    "Cost": "seqsal.attribution.method",
    "GradientMethod": "seqsal.attribution.method",
    "IntegratedGradients": "seqsal.attribution.methods.integrated_gradients",
    "Lime": "seqsal.attribution.methods.lime",
    "MethodInfo": "seqsal.attribution.method",
    "Options": "seqsal.options",
    "Result": "seqsal.results.result",
    "analyze": "seqsal.analysis.run",
    "client_root": "seqsal.lit.client.root",
    "compare": "seqsal.notebook.view.view",
    "explain": "seqsal.results.explain",
    "get_datasets": "seqsal.datasets",
    "get_layouts": "seqsal.lit.layouts",
    "get_models": "seqsal.lit.models",
    "make_app": "seqsal.server.application",
    "make_notebook_widget": "seqsal.notebook.page.page",
    "register_method": "seqsal.attribution.registry",
    "view": "seqsal.notebook.view.view",
}

__all__ = [
    "Analysis",
    "Cost",
    "GradientMethod",
    "IntegratedGradients",
    "Lime",
    "MethodInfo",
    "Options",
    "Result",
    "__version__",
    "analyze",
    "client_root",
    "compare",
    "explain",
    "get_datasets",
    "get_layouts",
    "get_models",
    "make_app",
    "make_notebook_widget",
    "register_method",
    "view",
]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Returns a public name from the module that defines it (PEP 562)."""
        if name not in _HOME:
            raise AttributeError(f"module 'seqsal' has no attribute '{name}'")
        return getattr(importlib.import_module(_HOME[name]), name)


deprecated.install()


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
