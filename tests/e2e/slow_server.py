"""Serves the model of the demo and the first sample prompt at a pace that a test sets.

python -m tests.e2e.slow_server

POST /pace?writing=W&reading=R sets the seconds of each generation step and of each forward pass for
salience. Both are 0 at first.
"""

import socket

import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from seqsal.lit.model_group import make_group
from seqsal.models import frameworks
from seqsal.models.transformers import HFCausalLM
from seqsal.options import Options
from seqsal.server import application, shutdown
from tests.server.running import Pace


def main() -> None:
    """Serves until the process is stopped."""
    lm = frameworks.load("embedded:small", Options())
    assert isinstance(lm, HFCausalLM)
    pace = Pace(lm)

    async def set_pace(request: Request) -> Response:
        pace.writing = float(request.query_params["writing"])
        pace.reading = float(request.query_params["reading"])
        return Response()

    options = Options(data_dir="off", max_examples=1)
    app = application.make_app(options, models=make_group("demo", lm))
    app.router.routes.insert(0, Route("/pace", set_pace, methods=["POST"]))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
        config = uvicorn.Config(app, log_level="warning")
        shutdown.Server(config, app.state.active_tasks, shutdown_seconds=0).run(sockets=[listener])


if __name__ == "__main__":
    main()
