"""Jobs over a real socket: the order of events, priorities, and cancellation."""

import threading
import time
from typing import Any

import httpx
import pytest

from seqsal.server.jobs import stream as jobs_stream
from tests.server.jobs.conftest import explained
from tests.server.running import Running

PROMPT = {"prompt": "Taste-likes: Cheese"}


def test_an_answer_is_streamed_in_pieces_and_equals_that_of_get_preds(site: Running) -> None:
    site.pace.writing = 0.02
    with site.job("generation", PROMPT) as stream:
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        assert stream.response.headers["x-accel-buffering"] == "no"
        assert "content-encoding" not in stream.response.headers
        events = list(stream)
    pieces = [e for e in events if e.data.get("stage") == "writing"]
    assert pieces[-1].seconds - pieces[0].seconds > 0.3, "They came all at once."
    assert events[0].data == {"stage": "forward"}
    (result,) = [event.data for event in events if event.name == "result"]
    assert result["index"] == 0
    assert result["prediction"]["response"].startswith("".join(e.data["text"] for e in pieces))
    assert events[-1].name == "done"
    assert events[-1].data["seconds"]["model"] > 0.3
    assert site.predict("tiny", PROMPT) == [result["prediction"]]


@pytest.mark.parametrize("kind", ["tokens", "logprobs"])
def test_predictions_of_other_kinds_equal_those_of_get_preds(site: Running, kind: str) -> None:
    record = {**PROMPT, "target": " avoid"}
    with site.job(kind, record) as stream:
        (result,) = [event.data for event in stream if event.name == "result"]
    model = {"tokens": "_tiny_tokenizer", "logprobs": "_tiny_logprobs"}[kind]
    assert [result["prediction"]] == site.predict(model, record)


def test_selections_are_streamed_one_by_one_and_equal_those_of_get_preds(site: Running) -> None:
    job = explained(site, "One by one")
    site.pace.backward = 0.6  # Two of them are more than a turn.
    with site.job("salience", **job, methods=["grad_l2"], fields=["grad_l2"]) as stream:
        events = list(stream)
    results = [event for event in events if event.name == "result"]
    assert [event.data["index"] for event in results] == [0, 1, 2]
    assert results[2].seconds - results[0].seconds > 0.6
    stages = [event.data for event in events if event.name == "progress"]
    assert stages[0] == {"stage": "forward"}
    assert [s["number"] for s in stages[1:]] == [1, 2, 3]
    records = [{**job["record"], "target_mask": mask} for mask in job["target_masks"]]
    for event, expected in zip(results, site.predict("_tiny_salience", *records), strict=True):
        assert event.data["prediction"] == {"grad_l2": expected["grad_l2"]}


def test_heartbeats_are_sent_while_a_model_is_slow(
    site: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_stream, "_HEARTBEAT_SECONDS", 0.1)
    job = explained(site, "Heartbeats", 1)
    site.pace.reading = 1.5
    with site.job("salience", **job) as stream:
        events = list(stream)
    assert events[-1].name == "done"
    assert stream.comments >= 5


def test_a_client_that_disconnects_stops_the_generation(site: Running) -> None:
    site.pace.writing = 0.05
    before = site.pace.steps
    with site.job("generation", {"prompt": "Goes away"}) as stream:
        stream.until("progress", stage="writing")
    site.wait_until(lambda: site.active_tasks.count == 0)
    steps = site.pace.steps
    assert steps - before < 60  # Of 78 that there is room for.
    time.sleep(0.3)
    assert site.pace.steps == steps
    site.pace.writing = 0.0
    with site.job("generation", {"prompt": "Goes away"}) as again:
        assert again.until("done")


def test_a_client_that_disconnects_stops_between_selections_and_results_are_cached(
    site: Running,
) -> None:
    job = explained(site, "Between selections", 6) | {"methods": ["grad_l2"]}
    site.pace.backward = 0.6
    before = site.pace.backwards
    with site.job("salience", **job) as stream:
        stream.until("result", index=1)
    site.wait_until(lambda: site.active_tasks.count == 0)
    done = site.pace.backwards - before
    assert 2 <= done < 6
    site.pace.backward = 0.0
    with site.job("salience", **job) as again:
        results = [event.data["prediction"] for event in again if event.name == "result"]
    assert site.pace.backwards - before == 6
    record = {**job["record"], "methods": ["grad_l2"]}
    records = [{**record, "target_mask": mask} for mask in job["target_masks"]]
    assert results == site.predict("_tiny_salience", *records)


def test_a_newer_job_of_a_view_cancels_the_older(site: Running) -> None:
    site.pace.writing = 0.05
    place = {"client": "a", "view": "1"}
    with site.job("generation", {"prompt": "Older"}, **place) as older:
        older.until("progress", stage="writing")
        other = {"client": "a", "view": "2"}
        with site.job("tokens", PROMPT, **other) as elsewhere:
            elsewhere.until("done")
        with site.job("generation", {"prompt": "Newer"}, **place) as newer:
            assert older.until("cancelled")
            site.pace.writing = 0.0
            newer.until("done")


def test_waiting_jobs_get_their_place_and_clients_take_turns(site: Running) -> None:
    site.pace.writing = 0.05
    order, threads = list[str](), list[threading.Thread]()
    places: dict[str, list[int]] = {}
    before = site.pace.steps

    def ask(name: str, client: str) -> None:
        with site.job("generation", {"prompt": name}, client=client) as stream:
            events = stream.until("done")
        order.append(name)
        places[name] = [event.data["place"] for event in events if event.name == "queued"]

    for name, client in [("a1", "a"), ("a2", "a"), ("a3", "a"), ("b1", "b")]:
        threads.append(threading.Thread(target=ask, args=(name, client)))
        threads[-1].start()
        site.wait_until(lambda: site.pace.steps > before)  # The first one writes now.
        site.wait_until(lambda: site.lm.queue.length == len(threads) - 1)
    metrics = httpx.get(f"{site.address}/metrics").text
    assert "seqsal_queue_length 3.0" in metrics
    assert "seqsal_work 4.0" in metrics
    site.pace.writing = 0.001
    for thread in threads:
        thread.join(timeout=120)
    assert order == ["a1", "b1", "a2", "a3"]
    assert places["a1"] == []
    assert places["a3"] == [2, 3, 2, 1, 0]
    assert places["b1"] == [1, 0]


def test_a_click_precedes_prefetching(site: Running) -> None:
    upcoming = explained(site, "Ahead", 6)
    click = explained(site, "Click", 1)
    site.pace.backward = 1.1  # More than a turn.
    with site.job("salience", **upcoming, client="a", ahead=True) as prefetch:
        prefetch.until("result", index=0)
        with site.job("salience", **click, client="a") as clicked:
            clicked.until("done")
        site.pace.backward = 0.0
        rest = prefetch.until("done")
    assert len([event for event in rest if event.name == "result"]) >= 3


def test_get_preds_waits_in_the_same_queue(site: Running) -> None:
    site.pace.writing = 0.05
    done = threading.Event()

    def ask() -> None:
        site.predict("tiny", {"prompt": "LIT itself"})
        done.set()

    with site.job("generation", {"prompt": "Job"}) as stream:
        stream.until("progress", stage="writing")
        thread = threading.Thread(target=ask)
        thread.start()
        site.wait_until(lambda: site.lm.queue.length == 1)
        assert not done.is_set()
        site.pace.writing = 0.0
        stream.until("done")
    thread.join(timeout=60)
    assert done.is_set()


def test_concurrent_requests_for_a_prompt_share_one_generation(site: Running) -> None:
    site.pace.writing = 0.02
    before, answers, texts = site.pace.steps, list[Any](), list[str]()
    record = {"prompt": "Twice at once"}

    def ask() -> None:
        with site.job("generation", record) as stream:
            events = stream.until("done")
        answers.extend(e.data["prediction"]["response"] for e in events if e.name == "result")
        texts.append("".join(e.data["text"] for e in events if e.data.get("stage") == "writing"))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    once = site.pace.steps - before
    assert answers[0] == answers[1]
    assert texts[0] == texts[1] != "", "Only one of them has seen it growing."
    assert answers[0].startswith(texts[0])
    with site.job("generation", {"prompt": "Just another"}) as stream:
        stream.until("done")
    assert once < 1.5 * (site.pace.steps - before - once)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("[]", "Not a job: Expected `object`, got `array`."),
        ("{", "A request must be JSON; this one is not: Expecting property name"),
        ("[" * 100_000, "The JSON of a request is nested too deeply: expected at most 64 "),
    ],
)
def test_an_invalid_job_is_refused_with_the_reason(site: Running, body: str, reason: str) -> None:
    response = site.http.post(f"{site.address}/seqsal/jobs", content=body)
    assert response.status_code == 400
    assert response.text.startswith(reason)
    assert "\n\nDetails: reference " in response.text


@pytest.mark.parametrize(
    ("kind", "record", "reason"),
    [
        ("generation", {"prompt": ""}, "The prompt is empty."),
        ("generation", {"prompt": "eggs " * 200}, "The prompt has "),
        ("salience", {"prompt": "a"}, "There is nothing to explain"),
    ],
)
def test_an_error_has_its_reason_and_a_reference(
    site: Running, kind: str, record: dict[str, Any], reason: str
) -> None:
    with site.job(kind, record) as stream:
        *_, last = list(stream)
    assert last.name == "error"
    assert last.data["reason"].startswith(reason)
    assert len(last.data["reference"]) == 8


def test_an_internal_error_shows_no_traceback_and_is_counted(
    site: Running, caplog: pytest.LogCaptureFixture
) -> None:
    with site.job("generation", PROMPT, client="c", fields=[]) as stream:
        stream.until("done")
    record = {"prompt": "a", "target": "b", "target_mask": "no mask"}
    with site.job("salience", record) as stream:
        (last,) = [event for event in stream if event.name == "error"]
    assert "Traceback" not in last.data["reason"]
    metrics = httpx.get(f"{site.address}/metrics").text
    assert 'seqsal_jobs_total{end="error",kind="salience"}' in metrics
    assert 'seqsal_jobs_total{end="done",kind="generation"}' in metrics
    assert 'seqsal_request_seconds_count{part="queue",path="/seqsal/jobs"}' in metrics


def test_get_info_has_the_url_of_jobs(site: Running) -> None:
    info = site.http.post(f"{site.address}/get_info").json()
    assert info["seqsal"]["jobs"] == "./seqsal/jobs"


def test_compression_and_the_body_limit_do_not_delay_events(
    site: Running,
) -> None:
    site.pace.writing = 0.05
    headers = {"accept-encoding": "gzip, br"}
    body = {"kind": "generation", "model": "tiny", "record": {"prompt": "Uncompressed"}}
    address = f"{site.address}/seqsal/jobs"
    with site.http.stream("POST", address, json=body, headers=headers) as response:
        first = next(iter(response.iter_bytes()))
        assert first.startswith(b"event: progress")
        assert site.active_tasks.count == 1
