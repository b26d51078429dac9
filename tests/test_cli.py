"""The command, each time in a process of its own."""

import dataclasses
import json
import pathlib
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator

import pytest

# Imports LIT and the framework once, which takes seconds, and forks for each command.
_FORKS = """
import json, os, sys, traceback
import seqsal.models.transformers
import seqsal.server.application
from seqsal import __main__ as cli
for line in sys.stdin:
    arguments, stdout, stderr = json.loads(line)
    if not (child := os.fork()):
        for path, descriptor in ((stdout, 1), (stderr, 2)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), descriptor)
        code = 0
        try:
            cli.main(["seqsal", *arguments])
        except SystemExit as end:
            code = end.code or 0
            if isinstance(code, str):  # As Python itself does.
                print(code, file=sys.stderr)
                code = 1
        except BaseException:
            traceback.print_exc()
            code = 1
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclasses.dataclass(frozen=True)
class Done:
    """A command that has ended."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs the command with some arguments, up to the point where it would serve."""
    with subprocess.Popen(
        [sys.executable, "-c", _FORKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def run_once(*arguments: str) -> Done:
            folder = tmp_path_factory.mktemp("run")
            paths = [folder / "stdout", folder / "stderr"]
            assert process.stdin is not None and process.stdout is not None
            print(json.dumps([arguments, *map(str, paths)]), file=process.stdin, flush=True)
            code = int(process.stdout.readline())
            return Done(code, *(path.read_text() for path in paths))

        yield run_once


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--models=a:/no/such/folder"], "seqsal: No model at '/no/such/folder'"),
        (["--datasets=a:/no/such.jsonl"], "seqsal: /no/such.jsonl cannot be read"),
        (["--precision=int3"], "value should be one of <auto|float32|bfloat16|float16|int8|int4>"),
        (["--max_new_tokens=0"], "0 is not a positive integer"),
        (["--prot=5432"], "Unknown command line flag 'prot'"),
        (["serve"], "seqsal: Unexpected argument 'serve'"),
        (["--default_layout=diagonal"], "seqsal: default_layout must be one of left_right"),
        (["--server_type=prebake"], "seqsal: --server_type must be one of default, basic"),
    ],
)
def test_a_wrong_flag_ends_in_one_clear_message(run: Run, flags: list[str], message: str) -> None:
    done = run("--port=0", *flags)
    assert done.returncode != 0
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_estimate_prints_the_costs_and_serves_nothing(run: Run, checkpoint: pathlib.Path) -> None:
    done = run("estimate", f"--models=tiny:{checkpoint},small:embedded:small", "--tokens=50")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("tiny: 50 tokens on cpu in float32")
    assert "\n\nsmall: 50 tokens" in done.stdout
    wrong = run("estimate", "--models=a:/no/such/folder")
    assert wrong.returncode != 0
    assert "seqsal: No model at '/no/such/folder'" in wrong.stderr


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_lists_our_flags_and_lits(run: Run, flag: str) -> None:
    done = run(flag)
    assert done.returncode == 0
    for name in ("--models", "--chat_template", "--precision", "--port", "--default_layout"):
        assert name in done.stdout.replace("[no]", "")


def test_a_port_in_use_is_reported_before_anything_is_loaded(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run(f"--port={taken.getsockname()[1]}")
    assert "in use. Stop what uses it, or choose another port with --port" in done.stderr
    assert "Loading" not in done.stdout


def test_it_serves_the_models_and_datasets_in_the_flags_until_interrupted(
    checkpoint: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    prompts = tmp_path / "p.txt"
    prompts.write_text("one\ntwo\n")
    command = [sys.executable, "-m", "seqsal", "--port=0", f"--models=tiny:{checkpoint}"]
    with subprocess.Popen(
        [*command, f"--datasets=mine:{prompts}"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        ready = next(line for line in lines if "ready" in line)
        address = re.search(r"http://127\.0\.0\.1:\d+/", ready)
        assert address is not None
        with urllib.request.urlopen(f"{address[0]}get_info", data=b"") as response:
            info = response.read().decode()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) in (0, -signal.SIGINT)
    assert '"tiny"' in info
    assert '"mine"' in info
