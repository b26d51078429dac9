"""Serves a checkpoint as `tiny`, at a pace.

python -m tests.serving.slow_server FOLDER STEP PATIENCE

STEP is the seconds that each step of an answer takes, PATIENCE those that SIGTERM waits.
"""

import socket
import sys

import uvicorn

from seqsal import models, server
from seqsal.models import group
from seqsal.models.base import GenerationOptions
from seqsal.models.huggingface import HFCausalLM
from seqsal.options import Options
from seqsal.serving import shutdown
from tests.serving.running import Pace


def main(folder: str, step: float, patience: float) -> None:
    """Serves until it is told to stop."""
    lm = models.load(folder, Options())
    assert isinstance(lm, HFCausalLM)
    Pace(lm).writing = step
    tiny = group.make_group("tiny", lm, generation=GenerationOptions(max_new_tokens=8))
    app = server.make_app(Options(data_dir="off"), models=tiny)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
        config = uvicorn.Config(app, log_level="warning")
        shutdown.Server(config, app.state.work, patience).run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))
