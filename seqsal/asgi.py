"""The server for any ASGI server: `uvicorn seqsal.asgi:app`.

Options come from the environment: SEQSAL_MODELS=gemma:google/gemma-2b-it SEQSAL_DEVICE=cuda.
"""

import functools
import os

from starlette.applications import Starlette


@functools.cache
def _app() -> Starlette:
    from seqsal.options import from_environment
    from seqsal.server import make_app

    return make_app(from_environment(os.environ))


def __getattr__(name: str) -> Starlette:
    """Returns `app`, which is made when it is first asked for: an import loads no model."""
    if name == "app":
        return _app()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
