"""Serves the model of the demo and the first sample prompt at a slower pace.

python -m tests.e2e.slow_server WRITING READING

WRITING is the duration in seconds of each generation step, READING that of each forward pass for
salience.
"""

import socket
import sys

import uvicorn

from seqsal.lit.model_group import make_group
from seqsal.models import frameworks
from seqsal.models.transformers import HFCausalLM
from seqsal.options import Options
from seqsal.server import application, shutdown
from tests.server.running import Pace


def main(writing: float, reading: float) -> None:
    """Serves until the process is stopped."""
    lm = frameworks.load("embedded:small", Options())
    assert isinstance(lm, HFCausalLM)
    pace = Pace(lm)
    pace.writing, pace.reading = writing, reading
    options = Options(data_dir="off", max_examples=1)
    app = application.make_app(options, models=make_group("demo", lm))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
        config = uvicorn.Config(app, log_level="warning")
        shutdown.Server(config, app.state.active_tasks, shutdown_seconds=0).run(sockets=[listener])


if __name__ == "__main__":
    main(float(sys.argv[1]), float(sys.argv[2]))
