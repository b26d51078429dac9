"""What was acknowledged is there after kill -9; over HTTP, see tests/soak/test_killed.py."""

import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import time

import sqlalchemy as sa

from seqsal.store.store import Store
from tests.store.samples import answer, of_model, stored_scores

ROUNDS = int(os.environ.get("SEQSAL_KILL_ROUNDS", "3"))

_WRITER = """
import sys, sqlalchemy as sa
from seqsal.store.store import Store
from tests.store.samples import answer, of_model, prompt, scores
store = Store(sa.make_url(sys.argv[1]), megabytes=1)
for number in range(int(sys.argv[2]), 1_000_000):
    kept = store.add_prompts("mine", [prompt(f"prompt {number}")])
    of_model(store).add_answers({f"prompt {number}": [answer(f" answer {number}")]})
    add_scores(of_model(store), (0, number), {frozenset({1}): scores(number, tokens=3000)})
    assert kept and not store.fault, store.fault
    print(number, flush=True)
"""


def test_what_was_acknowledged_outlives_kill_9(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "seqsal.sqlite"
    url = sa.URL.create("sqlite", database=str(file))
    acknowledged = -1
    for _ in range(ROUNDS):
        acknowledged = _written_until_killed(url, acknowledged + 2)
        with sqlite3.connect(file) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()
        store = Store(url, megabytes=1)
        assert store.fault == ""
        kept = {each.prompt for each in store.added_prompts("mine")}
        missing = [n for n in range(acknowledged + 1) if f"prompt {n}" not in kept]
        # Numbers between two rounds may have been written and not acknowledged.
        assert len(missing) < ROUNDS
        last = f"prompt {acknowledged}"
        assert of_model(store).answers([last]) == {last: [answer(f" answer {acknowledged}")]}
        assert stored_scores(of_model(store), (0, acknowledged), [{1}])
        store.close()


def _written_until_killed(url: sa.URL, start: int) -> int:
    """Returns the last number that a writer acknowledged before it was killed."""
    command = [sys.executable, "-c", _WRITER, url.render_as_string(), str(start)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(random.uniform(0, 0.7))
        process.kill()
        rest = process.stdout.read()
    assert process.returncode == -signal.SIGKILL
    # A line that was cut off acknowledges nothing.
    return int((first + rest).rpartition("\n")[0].split("\n")[-1])
