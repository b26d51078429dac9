"""Serves the model of the demo and the first sample prompts at a pace that a test sets.

python -m tests.e2e.slow_server [DATA_DIR [PORT [EXAMPLES]]]

POST /pace?writing=W&reading=R sets the seconds of each generation step and of each forward pass for
salience. Optional are &backward=B, for each backward pass, &patience=P, for SIGTERM to wait, and
&error=E, with which each generation step fails. All are 0 or empty at first. GET /pace has the id
of the process, and its numbers of steps and backward passes.
"""

import os
import socket
import sys

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from seqsal.models.transformers import HFCausalLM
from seqsal.options import Options
from seqsal.server import application, shutdown
from tests.server.running import Pace


def main(data_dir: str = "off", port: str = "0", examples: str = "1") -> None:
    """Serves until the process is stopped."""
    options = Options(
        models=("demo:embedded:small",), data_dir=data_dir, max_examples=int(examples)
    )
    app = application.make_app(options)
    lm = app.state.lit._models["demo"].wrapped._encoder.lm
    assert isinstance(lm, HFCausalLM)
    pace = Pace(lm)

    async def set_pace(request: Request) -> Response:
        pace.writing = float(request.query_params["writing"])
        pace.reading = float(request.query_params["reading"])
        pace.backward = float(request.query_params.get("backward", "0"))
        pace.error = request.query_params.get("error", "")
        server._shutdown_seconds = float(request.query_params.get("patience", "0"))
        return Response()

    async def count(_request: Request) -> Response:
        passes = {"steps": pace.steps, "backwards": pace.backwards}
        return JSONResponse({"pid": os.getpid(), **passes})

    app.router.routes.insert(0, Route("/pace", set_pace, methods=["POST"]))
    app.router.routes.insert(0, Route("/pace", count, methods=["GET"]))
    config = uvicorn.Config(app, log_level="warning")
    server = shutdown.Server(config, app.state.active_tasks, shutdown_seconds=0)
    with socket.create_server(("127.0.0.1", int(port))) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
        server.run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
