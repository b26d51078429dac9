"""Two processes of seqsal behind nginx, as in demos/serving, over one real PostgreSQL database."""

import contextlib
import dataclasses
import itertools
import json
import pathlib
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
from playwright.sync_api import Page
from sqlalchemy import URL

from tests.e2e.proxy import nginx_of_the_docs
from tests.e2e.server import start_python
from tests.forked import Program

COOKIE = "seqsal_route"
_PATIENCE = 60
"""Seconds."""


@dataclasses.dataclass
class Process:
    """One process of a deployment.

    Attributes:
        address: its own address, which stays when it is started again.
    """

    address: str
    program: Program

    @property
    def counts(self) -> dict[str, int]:
        """The numbers of `steps` and `backwards` of its model so far, and its `pid`."""
        counts: dict[str, int] = httpx.get(f"{self.address}pace").json()
        return counts

    def pace(self, *, writing: float = 0, scoring: float = 0, patience: float = 0) -> None:
        """Sets the seconds of a generation step, of a pass for salience, and of SIGTERM."""
        passes = {"reading": scoring, "backward": scoring}
        pace = {"writing": writing, **passes, "patience": patience}
        httpx.post(f"{self.address}pace", params=pace).raise_for_status()

    def end(self, number: signal.Signals) -> None:
        """Ends the process with a signal."""
        self.program.send_signal(number)
        self.close()

    def close(self) -> None:
        """Waits until the process has ended."""
        self.program.wait(timeout=_PATIENCE)
        if self.program.stdout is not None:
            self.program.stdout.close()


class Deployment:
    """A deployment of `tests.e2e.slow_server`.

    Attributes:
        address: that of nginx.
        processes: the two processes.
    """

    def __init__(self, address: str, processes: list[Process], database: str) -> None:
        self.address, self.processes, self._database = address, processes, database

    def restart_missing(self) -> None:
        """Starts the processes that have ended, and waits until nginx sends requests to each."""
        for process in self.processes:
            if process.program.poll() is not None:
                port = process.address.rstrip("/").rpartition(":")[2]
                process.program = _start(self._database, port).program
            process.pace()
        for process in self.processes:
            wait_until(lambda process=process: self.route_to(process) != "")  # type: ignore[misc]

    def route_to(self, process: Process) -> str:
        """Returns a value of the cookie for which nginx chooses a process; empty if there is none.

        nginx avoids a process for some seconds after it could not be reached.
        """
        pid = process.counts["pid"]
        values = (str(number) for number in range(50))
        return next((value for value in values if self.chosen(value) == pid), "")

    def chosen(self, cookie: str) -> int:
        """Returns the id of the process that nginx chooses for a cookie; 0 if there is none."""
        reply = httpx.get(f"{self.address}/pace", cookies={COOKIE: cookie})
        pid: int = reply.json()["pid"] if reply.is_success else 0
        return pid

    def send(self, page: Page, process: Process) -> None:
        """Makes nginx choose a process for a browser page."""
        value = self.route_to(process)
        page.context.add_cookies([{"name": COOKIE, "value": value, "url": self.address}])

    def client(self, process: Process) -> httpx.Client:
        """Returns a client for which nginx chooses a process."""
        cookies = {COOKIE: self.route_to(process)}
        return httpx.Client(base_url=self.address, cookies=cookies, timeout=_PATIENCE)


@contextlib.contextmanager
def deployed(folder: pathlib.Path, database: URL) -> Iterator[Deployment]:
    """Runs a deployment with an empty database."""
    url = database.render_as_string(hide_password=False)
    processes = [_start(url), _start(url)]
    try:
        servers = [process.address.removeprefix("http://").rstrip("/") for process in processes]
        with nginx_of_the_docs(folder, servers) as address:
            yield Deployment(address, processes, url)
    finally:
        for process in processes:
            process.end(signal.SIGKILL)


def _start(database: str, port: str = "0") -> Process:
    return Process(*start_python("-m", "tests.e2e.slow_server", database, port))


def run_job(client: httpx.Client, **job: Any) -> tuple[list[Any], dict[str, float]]:
    """Returns the predictions of a job, and the seconds that it spent."""
    text = client.post("/seqsal/jobs", json={"model": "demo", **job}).raise_for_status().text
    lines = [line for line in text.splitlines() if line and not line.startswith(":")]
    names = [line.removeprefix("event: ") for line in lines[::2]]
    data = [json.loads(line.removeprefix("data: ")) for line in lines[1::2]]
    assert names[-1] == "done", text
    events = itertools.compress(data, (name == "result" for name in names))
    return [event["prediction"] for event in events], data[-1]["seconds"]


def wait_until(condition: Callable[[], bool]) -> None:
    """Waits for a condition."""
    end = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < end, "The condition was not true in time."
        time.sleep(0.1)
