"""Serves a checkpoint as `tiny`, at a pace.

python -m tests.server.slow_server FOLDER STEP PATIENCE

STEP is the seconds that each step of an answer takes, PATIENCE those that SIGTERM waits.
"""

import socket
import sys

import uvicorn

from seqsal.lit.model_group import make_group
from seqsal.models import frameworks
from seqsal.models.causal_lm import GenerationOptions
from seqsal.models.transformers import HFCausalLM
from seqsal.options import Options
from seqsal.server import application, shutdown
from tests.server.running import Pace


def main(folder: str, step: float, patience: float) -> None:
    """Serves until it is told to stop."""
    lm = frameworks.load(folder, Options())
    assert isinstance(lm, HFCausalLM)
    Pace(lm).writing = step
    tiny = make_group("tiny", lm, generation=GenerationOptions(max_new_tokens=8))
    app = application.make_app(Options(data_dir="off"), models=tiny)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
        config = uvicorn.Config(app, log_level="warning")
        shutdown.Server(config, app.state.active_tasks, patience).run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))
