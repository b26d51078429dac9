"""The server. `uvicorn seqsal.server:app` serves with the options in the environment.

The options are variables such as SEQSAL_MODELS=gemma:google/gemma-2b-it and SEQSAL_DEVICE=cuda.
"""

import functools
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.applications import Starlette


@functools.cache
def _app() -> "Starlette":
    from seqsal.options import from_environment
    from seqsal.server.application import make_app

    return make_app(from_environment(os.environ))


def __getattr__(name: str) -> Any:
    """Returns `app`, created on first use, or a factory: importing the package loads no model."""
    if name == "app":
        return _app()
    if name in ("make_app", "get_wsgi_app"):
        from seqsal.server import application

        return getattr(application, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
