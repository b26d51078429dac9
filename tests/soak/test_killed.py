"""kill -9 of the server while users add prompts and predict: acknowledged writes survive."""

import json
import os
import pathlib
import random
import sqlite3
import threading
import time
from typing import Any

from tests.soak import raw
from tests.soak.conftest import Server, serving

ROUNDS = int(os.environ.get("SEQSAL_KILL_ROUNDS", "3"))
_PEOPLE = 4
_KINDS = ("generation", "salience", "logprobs")

_Responses = dict[str, dict[str, Any]]
"""The responses to each accepted prompt, by kind; None if the user got no response."""


def test_acknowledged_writes_survive_kill_9_of_the_server(
    checkpoint: pathlib.Path, home: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    accepted, newest = _Responses(), _Responses()
    for number in range(ROUNDS + 1):
        folder = tmp_path / str(number)
        folder.mkdir()
        with serving(checkpoint, home, folder, f"--data_dir={tmp_path}") as server:
            last = number == ROUNDS
            _check(server, accepted, expected=accepted if last else newest)
            newest = {} if last else _use_until_killed(server, number)
            accepted |= newest
        with sqlite3.connect(tmp_path / "seqsal.sqlite") as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()
    counts = {kind: sum(kind in responses for responses in accepted.values()) for kind in _KINDS}
    print(f"{ROUNDS} kills: {len(accepted)} prompts and {counts} acknowledged, and all were there")
    assert len(accepted) > ROUNDS
    assert all(counts.values())


def _use_until_killed(server: Server, number: int) -> _Responses:
    """Returns what was acknowledged before a random moment."""
    accepted, has_started = _Responses(), threading.Event()

    def use(person: int) -> None:
        for count in range(1_000_000):
            prompt = f"Taste-likes: round {number}, person {person}, {count}"
            if not _add(server, prompt):
                return
            accepted[prompt] = {}
            for kind in _KINDS:
                if (prediction := _predict(server, kind, prompt)) is None:
                    return
                accepted[prompt][kind] = prediction[0]
            has_started.set()

    people = [threading.Thread(target=use, args=(person,)) for person in range(_PEOPLE)]
    for person in people:
        person.start()
    assert has_started.wait(120)
    time.sleep(random.uniform(0, 2))
    server.process.kill()
    for person in people:
        person.join()
    return accepted


def _check(server: Server, accepted: _Responses, *, expected: _Responses) -> None:
    """Checks that the dataset has every prompt once, and that responses come from the store."""
    examples = json.loads(server.ask("/get_dataset?dataset_name=mine").text)
    prompts = [example["data"]["prompt"] for example in examples]
    assert len(prompts) == len(set(prompts))
    assert accepted.keys() <= set(prompts)
    for prompt, responses in expected.items():
        for kind, prediction in responses.items():
            assert _predict(server, kind, prompt) == (prediction, False), (kind, prompt)


def _add(server: Server, prompt: str) -> bool:
    data = {"source": "kill", "prompt": prompt, "target": "", "_id": ""}
    body = {"inputs": [{"id": "", "data": data, "meta": {"added": True}}]}
    answer = _answer(server, "/annotate_new_data?dataset_name=mine", body)
    return answer is not None and answer.status == 200


def _predict(server: Server, kind: str, prompt: str) -> tuple[Any, bool] | None:
    """Returns a prediction and whether the model ran for it; None if the stream did not end."""
    record = {"prompt": prompt} if kind == "generation" else {"prompt": prompt, "target": " eggs"}
    body = {"kind": kind, "model": "tiny", "record": record}
    answer = _answer(server, "/seqsal/jobs", body)
    if answer is None or "event: done" not in answer.text:
        return None
    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line[:6] == "data: "]
    (prediction,) = (event["prediction"] for event in events if "prediction" in event)
    # Every call of the model enters the queue, if only briefly; a result in the store does not.
    return prediction, events[-1]["seconds"]["queue"] > 0


def _answer(server: Server, path: str, body: Any) -> raw.Answer | None:
    """Returns the response; None if the server is gone."""
    try:
        return raw.send(server.port, raw.request("POST", path, json.dumps(body).encode()))
    except OSError:
        return None
