"""The command, in its own processes."""

import pathlib
import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from tests.forked import run


def _seqsal(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the command up to the point where it would serve."""
    return run("-m", "seqsal", *arguments)


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
def test_a_wrong_flag_ends_in_one_clear_message(flags: list[str], message: str) -> None:
    done = _seqsal("--port=0", *flags)
    assert done.returncode != 0
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_estimate_prints_the_costs_and_serves_nothing(checkpoint: pathlib.Path) -> None:
    done = _seqsal("estimate", f"--models=tiny:{checkpoint},small:embedded:small", "--tokens=50")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("tiny: 50 tokens on cpu in float32")
    assert "\n\nsmall: 50 tokens" in done.stdout
    wrong = _seqsal("estimate", "--models=a:/no/such/folder")
    assert wrong.returncode != 0
    assert "seqsal: No model at '/no/such/folder'" in wrong.stderr


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_lists_our_flags_and_lits(flag: str) -> None:
    done = _seqsal(flag)
    assert done.returncode == 0
    for name in ("--models", "--chat_template", "--precision", "--port", "--default_layout"):
        assert name in done.stdout.replace("[no]", "")


def test_a_port_in_use_is_reported_before_anything_is_loaded() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = _seqsal(f"--port={taken.getsockname()[1]}")
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
