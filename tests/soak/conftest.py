"""A server in a process of its own, with files that it must leave alone."""

import contextlib
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from tests.forked import Program
from tests.soak import raw

SECRET = "canary-7f3a19-must-never-be-sent"
PROMPTS = [f"Taste-likes: {food}" for food in ("cheese", "eggs", "tart", "figs", "rye")]


@dataclasses.dataclass(frozen=True)
class Server:
    """A server that runs.

    Attributes:
        port: where it listens on 127.0.0.1.
        process: its process.
        log: what it writes to the standard error.
        forbidden: folders that it may neither read for a visitor nor write.
        allowed: the folder that visitors may name.
    """

    port: int
    process: psutil.Process
    log: pathlib.Path
    forbidden: tuple[pathlib.Path, ...]
    allowed: pathlib.Path

    def ask(
        self, path: str, data: object = None, method: str = "POST", timeout: float = 60
    ) -> raw.Answer:
        """Returns the answer to a well-formed request."""
        body = b"" if data is None else json.dumps(data).encode()
        answer = raw.send(self.port, raw.request(method, path, body), timeout=timeout)
        assert answer is not None, f"{method} {path} got no answer"
        return answer

    def predict(self, model: str, **record: object) -> dict[str, object]:
        """Returns one prediction of a model."""
        example = {"id": "", "data": {"_id": "", **record}, "meta": {}}
        answer = self.ask(f"/get_preds?model={model}", {"inputs": [example]})
        assert answer.status == 200, answer.text
        prediction: dict[str, object] = json.loads(answer.text)[0]
        return prediction

    def explain(self, prompt: str) -> raw.Answer:
        """Returns the answer to a request for what led to the last token after a prompt."""
        record = {"prompt": prompt, "target": " eggs"}
        tokens = self.predict("_tiny_tokenizer", **record)["tokens"]
        assert isinstance(tokens, list)
        data = {"_id": "", **record, "target_mask": [0] * (len(tokens) - 1) + [1]}
        example = {"id": "", "data": data, "meta": {}}
        return self.ask("/get_preds?model=_tiny_salience", {"inputs": [example]})

    def snapshot(self) -> dict[str, tuple[int, bytes]]:
        """Returns the time and the content of every file that must stay as it is."""
        return {
            str(path): (path.stat().st_mtime_ns, path.read_bytes())
            for folder in self.forbidden
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The home folder of all servers, in which the files of the page are built once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def server(
    checkpoint: pathlib.Path, home: pathlib.Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server over a tiny model and a few prompts, for the tests of a module."""
    with serving(checkpoint, home, tmp_path_factory.mktemp("server")) as running:
        yield running


@contextlib.contextmanager
def serving(
    checkpoint: pathlib.Path,
    home: pathlib.Path,
    tmp_path: pathlib.Path,
    *more_flags: str,
    **environment: str,
) -> Iterator[Server]:
    """Starts a server over a checkpoint and a few prompts; stops it at the end.

    Args:
        checkpoint: the model.
        home: the home folder.
        tmp_path: an empty folder for files.
        *more_flags: more flags.
        **environment: environment variables. With them, a new interpreter is started, because the
            C library reads its variables only then.
    """
    forbidden, allowed = (tmp_path / name for name in ("forbidden", "allowed"))
    for folder in (forbidden, allowed):
        folder.mkdir()
    (forbidden / "secret.jsonl").write_text(json.dumps({"prompt": SECRET, "source": SECRET}))
    (forbidden / "secret.txt").write_text(SECRET)
    (allowed / "way-out").symlink_to(forbidden)
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text("".join(json.dumps({"prompt": prompt}) + "\n" for prompt in PROMPTS))
    flags = [
        "--port=0", f"--models=tiny:{checkpoint}", f"--datasets=mine:{prompts}",
        "--max_new_tokens=6", f"--allow_paths={allowed}", "--max_request_mb=1",
        f"--data_dir={tmp_path / 'data'}", "--max_inputs=20",
        *more_flags,
    ]  # fmt: skip
    log = tmp_path / "log"
    arguments = ["-m", "seqsal", *flags]
    env = {**os.environ, "HOME": str(home), **environment}
    process: Program | subprocess.Popen[str]
    with log.open("w") as errors:
        if environment:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=env,
            )
        else:
            process = Program(arguments, stderr=errors.fileno(), env=env)
    assert process.stdout is not None
    with process.stdout:
        ready = next(
            (m for line in process.stdout if (m := re.search(r"127\.0\.0\.1:(\d+)/", line))), None
        )
        assert ready is not None, log.read_text()
        guarded = (forbidden, pathlib.Path(checkpoint))
        try:
            yield Server(int(ready[1]), psutil.Process(process.pid), log, guarded, allowed)
        finally:  # Also after a failed test, which would otherwise wait for the server.
            process.terminate()
            process.wait(timeout=60)
