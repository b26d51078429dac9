"""Python programs in processes that are forked from one that has imported LIT and Transformers.

These imports take 10 seconds of a core, and many tests start programs. The tests of the command, of
uvicorn and of the wheel start an interpreter instead.
"""

import contextlib
import multiprocessing
import os
import pathlib
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from typing import Final, TextIO

_IMPORTED: Final = [
    "seqsal.models.transformers.loading",
    "seqsal.server.application",
    "transformers.models.llama.modeling_llama",
]

_context: Final = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(_IMPORTED)


class Program:
    """A program that runs, with the methods of `subprocess.Popen`.

    Attributes:
        pid: its process id.
        stdout: what it prints; None if that goes somewhere else.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        stdout: int | None = None,
        stderr: int | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Starts a program.

        Args:
            arguments: those of Python: a file, or -m and a module, or -c and code, and more.
            stdout: the file descriptor that it prints to; None for a pipe to the attribute.
            stderr: the file descriptor for its errors; None for that of the tests.
            env: its environment variables; None for those of the tests.
        """
        reader, writer = os.pipe() if stdout is None else (None, os.dup(stdout))
        streams = {1: Connection(writer, readable=False)}
        if stderr is not None:
            streams[2] = Connection(os.dup(stderr), readable=False)
        environment = dict(os.environ if env is None else env)
        self._process = _context.Process(target=_run, args=(arguments, streams, environment))
        self._process.start()
        for stream in streams.values():
            stream.close()
        assert self._process.pid is not None
        self.pid = self._process.pid
        self.stdout: TextIO | None = None if reader is None else os.fdopen(reader, encoding="utf-8")

    def poll(self) -> int | None:
        """Returns the exit status; None while the program runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Waits for the program to end, and returns its exit status.

        Raises:
            TimeoutError: it still runs.
        """
        self._process.join(timeout)
        status = self._process.exitcode
        if status is None:
            raise TimeoutError(f"The program has not ended within {timeout} seconds.")
        return status

    def send_signal(self, number: signal.Signals) -> None:
        """Sends a signal to the program if it runs."""
        if self.poll() is None:
            # The fork server reaps a program that ends before this process learns of it.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Sends SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Sends SIGKILL."""
        self.send_signal(signal.SIGKILL)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a program with the arguments of Python until it ends."""
    with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
        status = Program(arguments, stdout=stdout.fileno(), stderr=stderr.fileno()).wait()
        for file in (stdout, stderr):
            file.seek(0)
        return subprocess.CompletedProcess(arguments, status, stdout.read(), stderr.read())


def _run(
    arguments: Sequence[str], streams: Mapping[int, Connection], environment: Mapping[str, str]
) -> None:
    """Does what Python does with these arguments; `multiprocessing` handles how it ends."""
    os.environ.clear()
    os.environ.update(environment)
    for descriptor, stream in streams.items():
        os.dup2(stream.fileno(), descriptor)
        stream.close()
    sys.stdout, sys.stderr = (os.fdopen(i, "w", buffering=1, closefd=False) for i in (1, 2))
    match arguments:
        case ["-m", module, *rest]:
            sys.argv = [module, *rest]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        case ["-c", code, *rest]:
            sys.argv = ["-c", *rest]
            exec(code, {"__name__": "__main__"})
        case [path, *rest]:
            sys.argv = [path, *rest]
            sys.path.insert(0, str(pathlib.Path(path).parent))
            runpy.run_path(path, run_name="__main__")
