"""64 concurrent users: no error, no response of another user, and fast cached responses."""

import dataclasses
import http.client
import json
import pathlib
import random
import statistics
import threading
import time
from typing import Any

import pytest

from seqsal.lit.models import get_models
from tests.soak.conftest import PROMPTS, Server
from tests.soak.sizes import CLIENTS, CROWD_SECONDS, LONG

QUICK = 0.050
"""The 95th percentile of the seconds of cached responses."""
PAUSE = (0.3, 1.7)
"""Seconds between a person's requests: between the least and the most."""
NEW = 0.05
"""The share of requests for a new prompt."""

Key = tuple[str, str]
"""The kind of request, and the prompt."""


@dataclasses.dataclass
class Reply:
    """A response to a user.

    Attributes:
        key: what was asked.
        known: whether it had been asked and answered before.
        status: the HTTP status.
        content: the answer.
        seconds: how long it took.
    """

    key: Key
    known: bool
    status: int
    content: Any
    seconds: float


class Alone:
    """The same model in this process, without other load."""

    def __init__(self, checkpoint: pathlib.Path) -> None:
        self._models = get_models([f"tiny:{checkpoint}"], max_new_tokens=6)
        self._lock = threading.Lock()

    def record(self, key: Key) -> dict[str, Any]:
        """Returns the request for a prompt; salience is for the last token."""
        kind, prompt = key
        record: dict[str, Any] = {"prompt": prompt}
        if kind == "salience":
            record["target"] = " eggs"
            with self._lock:
                (tokens,) = self._models["_tiny_tokenizer"].predict([record])
            record["target_mask"] = [0] * (len(tokens["tokens"]) - 1) + [1]
        return record

    def answer(self, key: Key) -> Any:
        """Returns its prediction without concurrent requests."""
        (prediction,) = self._models[_MODELS[key[0]]].predict([self.record(key)])
        return prediction


_MODELS = {
    "generation": "tiny",
    "job": "tiny",
    "tokens": "_tiny_tokenizer",
    "salience": "_tiny_salience",
}
_KINDS = ("page", *_MODELS)


class Person:
    """Somebody at the page, with a connection of their own that stays open."""

    def __init__(self, server: Server, alone: Alone, number: int) -> None:
        self.replies: list[Reply] = []
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)
        self._alone, self._random, self._number = alone, random.Random(number), number

    def use_the_page(self, end: float) -> None:
        """Asks for this and that until some time."""
        time.sleep(self._random.uniform(0, PAUSE[1]))
        while time.monotonic() < end:
            new = self._random.random() < NEW
            prompt = self._random.choice(PROMPTS)
            if new:
                prompt = f"{prompt} {self._number} {len(self.replies)}"
            key = (self._random.choice(_KINDS), prompt)
            self.replies.append(self.ask(key, known=not new))
            time.sleep(self._random.uniform(*PAUSE))
        self._connection.close()

    def ask(self, key: Key, *, known: bool) -> Reply:
        """Returns what is answered."""
        kind = key[0]
        method, target, body = "POST", f"/get_preds?model={_MODELS.get(kind)}", ""
        if kind == "page":
            method, target = "GET", "/"
        elif kind == "job":
            job = {"kind": "generation", "model": "tiny", "record": self._alone.record(key)}
            target, body = "/seqsal/jobs", json.dumps(job)
        else:
            example = {"id": "", "data": {"_id": "", **self._alone.record(key)}, "meta": {}}
            body = json.dumps({"inputs": [example]})
        start = time.perf_counter()
        self._connection.request(method, target, body)
        response = self._connection.getresponse()
        text = response.read().decode()
        seconds = time.perf_counter() - start
        return Reply(key, known, response.status, _content(kind, text), seconds)


def _content(kind: str, text: str) -> Any:
    """Returns what counts of an answer."""
    if kind == "page":
        return "<lit-app>" in text
    if kind == "job":
        events = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
        return next((event["prediction"] for event in events if "prediction" in event), text)
    return json.loads(text)[0] if text.startswith("[") else text


def _same(answer: Any, single: Any) -> bool:
    """Returns whether two predictions agree, numbers to four digits."""
    if isinstance(answer, dict):
        return answer.keys() == dict(single).keys() and all(
            _same(value, single[name]) for name, value in answer.items()
        )
    if isinstance(answer, list):
        return len(answer) == len(single) and all(map(_same, answer, single))
    if isinstance(answer, float | int):
        return bool(answer == pytest.approx(float(single), rel=1e-4, abs=1e-5))
    return bool(answer == single)


def _tell(replies: list[Reply]) -> float:
    """Prints how long answers took; returns the time within which 95 % of the known ones came."""
    p95 = 0.0
    for known in (True, False):
        seconds = sorted(reply.seconds for reply in replies if reply.known == known)
        if len(seconds) < 2:
            continue
        cuts = statistics.quantiles(seconds, n=100)
        print(
            f"{len(seconds)} {'known' if known else 'new'} answers: median"
            f" {cuts[49] * 1000:.0f} ms, p95 {cuts[94] * 1000:.0f} ms, longest"
            f" {seconds[-1] * 1000:.0f} ms"
        )
        p95 = cuts[94] if known else p95
    return p95


def test_64_users_each_get_their_own_answer_and_cached_ones_quickly(
    server: Server, checkpoint: pathlib.Path
) -> None:
    alone = Alone(checkpoint)
    people = [Person(server, alone, number) for number in range(CLIENTS)]
    for prompt in PROMPTS:
        for kind in _KINDS:
            assert people[0].ask((kind, prompt), known=False).status == 200
    end = time.monotonic() + CROWD_SECONDS
    threads = [threading.Thread(target=person.use_the_page, args=(end,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    replies = [reply for person in people for reply in person.replies]
    assert [reply for reply in replies if reply.status != 200] == []
    assert {reply.key[0] for reply in replies} == set(_KINDS)
    singles: dict[Key, Any] = {}
    for reply in replies:
        if reply.key[0] == "page":
            assert reply.content is True
            continue
        if reply.key not in singles:
            singles[reply.key] = alone.answer(reply.key)
        assert _same(reply.content, singles[reply.key]), (reply, singles[reply.key])
    assert len(singles) > len(PROMPTS) * (len(_KINDS) - 1)  # New prompts, too.
    p95 = _tell(replies)
    if LONG:  # In the quick form other tests may run at the same time.
        assert p95 < QUICK
