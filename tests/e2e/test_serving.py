"""Many people on two processes behind nginx, over one PostgreSQL database: demos/serving."""

import re
import signal
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.deployment import COOKIE, Deployment, Process, deployed, run_job, wait_until
from tests.e2e.salience_page import PATIENCE, ModelRuns, SaliencePage
from tests.store import postgresql

_DATASET = "sample_prompts"
_STARTED = re.compile(r"Reading the prompt|Computing what|Place \d+ in the queue")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    for server in postgresql.serve():
        database = postgresql.empty_database(server)
        with deployed(tmp_path_factory.mktemp("serving"), database) as deployment:
            yield deployment


@pytest.fixture
def deployment(running: Deployment) -> Iterator[Deployment]:
    """The deployment, with both processes at full speed."""
    running.restart_missing()
    yield running


def test_a_browser_keeps_its_process_and_both_get_some(deployment: Deployment) -> None:
    chosen = set()
    for _ in range(20):
        with httpx.Client(base_url=deployment.address) as client:
            first = client.get("/pace")
            assert COOKIE in first.headers["set-cookie"]
            for _ in range(3):
                again = client.get("/pace")
                assert again.json()["pid"] == first.json()["pid"]
                assert "set-cookie" not in again.headers
            chosen.add(first.json()["pid"])
    assert chosen == {process.counts["pid"] for process in deployment.processes}


def test_a_prompt_and_its_notes_are_in_the_other_process(deployment: Deployment) -> None:
    one, two = deployment.processes
    with deployment.client(one) as first, deployment.client(two) as second:
        (root,) = _examples(second)
        added = _add(first, "Judge a dish: pea soup.", parent=root["id"])
        # By its id, before the other process has loaded the dataset again.
        query = f"/get_preds?model=_demo_tokenizer&dataset_name={_DATASET}&requested_fields=tokens"
        reply = second.post(query, json={"inputs": [added["id"]]})
        assert reply.status_code == 200, reply.text
        assert "".join(reply.json()[0]["tokens"]).endswith("pea soup.")
        shown = _examples(second)[-1]
        assert (shown["id"], shown["data"]["prompt"]) == (added["id"], "Judge a dish: pea soup.")
        assert shown["meta"]["parentId"] == root["id"]
        checks = [{"kind": "lacks", "text": "ham"}]
        _trails(first, id=added["id"], starred=True)
        _trails(second, id=root["id"], checks=checks)
        expected = {"starred": [added["id"]], "hidden": [], "checks": {root["id"]: checks}}
        assert _trails(first) == _trails(second) == expected


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_answer_and_its_map_are_computed_once(
    deployment: Deployment, order: tuple[int, int]
) -> None:
    maker, other = (deployment.processes[number] for number in order)
    prompt = f"Judge a dish from the menu: soup {order[0]}."
    with deployment.client(maker) as client:
        made = _explain(client, prompt)
    before = other.counts
    with deployment.client(other) as client:
        predictions, queued = _explain(client, prompt)
    assert (predictions, queued) == (made[0], 0.0)
    assert other.counts == before
    assert maker.counts["backwards"] > 0


def test_closing_a_connection_to_nginx_cancels_the_job(deployment: Deployment) -> None:
    process = deployment.processes[0]
    process.pace(writing=0.1)
    job = {"kind": "generation", "model": "demo", "record": {"prompt": "Judge a dish: rice."}}
    with (
        deployment.client(process) as client,
        client.stream("POST", "/seqsal/jobs", json=job) as stream,
    ):
        assert any('"writing"' in line for line in stream.iter_lines())
    cancelled = 'seqsal_jobs_total{end="cancelled",kind="generation"}'
    wait_until(lambda: cancelled in _metrics(process))
    wait_until(lambda: "\nseqsal_work 0.0\n" in _metrics(process))


def test_a_process_that_shuts_down_finishes_its_jobs_and_gets_no_requests(
    deployment: Deployment,
) -> None:
    ending, other = deployment.processes
    ending.pace(writing=0.1, patience=60)
    job = {"kind": "generation", "model": "demo", "record": {"prompt": "Judge a dish: dumplings."}}
    with (
        deployment.client(ending) as client,
        client.stream("POST", "/seqsal/jobs", json=job) as stream,
    ):
        lines = stream.iter_lines()
        assert any('"writing"' in line for line in lines)
        ending.program.send_signal(signal.SIGTERM)
        wait_until(lambda: httpx.get(f"{ending.address}readyz").status_code == 503)
        # With the same cookie as the job.
        for path in ("/get_info", f"/get_dataset?dataset_name={_DATASET}"):
            assert client.post(path).status_code == 200
        before = other.counts["steps"]
        (answer,), _ = run_job(client, kind="generation", record={"prompt": "Judge: leeks."})
        assert answer["response"]
        assert other.counts["steps"] > before
        ending.pace(patience=60)
        assert "event: done" in list(lines)
    ending.close()


def test_metrics_are_those_of_one_process_and_not_for_everybody(deployment: Deployment) -> None:
    assert httpx.get(f"{deployment.address}/metrics").status_code == 404
    assert httpx.get(f"{deployment.address}/readyz").text == "ok"
    for process in deployment.processes:
        assert "seqsal_queue_length" in _metrics(process)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["kill", "term"])
def test_an_answer_goes_on_by_itself_when_its_process_ends(
    deployment: Deployment, browser_page: Page, number: signal.Signals
) -> None:
    ending, other = deployment.processes
    page = _open(deployment, browser_page, ending)
    before = other.counts["steps"]
    _add_dish(page, f"Nettle soup {number.name}", lambda: ending.pace(writing=0.2))
    browser_page.locator("seqsal-text[writing]").wait_for(timeout=PATIENCE)
    ending.end(number)
    page.view.wait_for_answer()
    assert number.name in page.view.text("prompt")
    assert other.counts["steps"] > before
    assert page.view.root.get_by_role("button", name="Try again").count() == 0
    page.view.explain(page.view.segments("target").last)
    assert any(page.view.heat())
    browser_page.goto("about:blank")


def test_a_map_goes_on_by_itself_when_its_process_is_killed(
    deployment: Deployment, browser_page: Page
) -> None:
    killed = deployment.processes[1]
    page = _open(deployment, browser_page, killed)
    _add_dish(page, "Lentil stew")
    page.view.wait_for_answer()
    killed.pace(scoring=60)
    _click_a_word(page)
    killed.end(signal.SIGKILL)
    page.view.wait_for_heat()
    assert any(page.view.heat())
    browser_page.goto("about:blank")


def test_two_people_see_the_prompts_of_each_other(
    deployment: Deployment, browser_page: Page, other_page: Page
) -> None:
    first, second = deployment.processes
    ann, bob = _open(deployment, browser_page, first), _open(deployment, other_page, second)
    answers = {}
    for person, dish in ((ann, "Ann's omelette"), (bob, "Bob's risotto")):
        _add_dish(person, dish)
        person.view.wait_for_answer()
        answers[dish] = person.view.text("target")
    for person, dish in ((ann.reload(), "Bob's risotto"), (bob.reload(), "Ann's omelette")):
        ran = ModelRuns(person.page)
        person.view.root.get_by_role("treeitem", name=dish).click()
        expect(person.view.root.locator("seqsal-text .prompt")).to_contain_text(dish)
        shown = person.view.root.locator("seqsal-text .target .flow")
        expect(shown).to_have_text(answers[dish], timeout=PATIENCE)
        person.view.wait_for_answer()
        assert ran.answers > 0
        assert not [body for body in ran.with_the_model if dish in body]
    for page in (browser_page, other_page):
        page.goto("about:blank")


def test_when_all_processes_have_ended_the_page_says_so_and_tries_again(
    deployment: Deployment, browser_page: Page
) -> None:
    page = _open(deployment, browser_page, deployment.processes[0])
    _add_dish(page, "Onion tart")
    page.view.wait_for_answer()
    for process in deployment.processes:
        process.pace(scoring=60)
    status = _click_a_word(page)
    for process in deployment.processes:
        process.end(signal.SIGKILL)
    expect(status).to_contain_text("The server cannot be reached", timeout=PATIENCE)
    deployment.restart_missing()
    status.get_by_role("button", name="Try again").click()
    page.view.wait_for_heat()
    browser_page.goto("about:blank")


def _open(deployment: Deployment, page: Page, process: Process) -> SaliencePage:
    deployment.send(page, process)
    page.goto(deployment.address)
    return SaliencePage(page)


def _add_dish(page: SaliencePage, dish: str, before: Callable[[], Any] = lambda: None) -> None:
    """Adds a prompt about another dish, after calling `before`, and waits until it is shown."""
    page.select("fewshot-mistake")
    page.view.wait_for_answer()
    page.edit_prompt(lambda prompt: prompt.replace("Quiche Lorraine", dish))
    before()
    page.add()
    prompt = page.view.root.locator("seqsal-text .prompt")
    expect(prompt).to_contain_text(dish, timeout=PATIENCE)


def _click_a_word(page: SaliencePage) -> Locator:
    """Clicks the last word of the answer; returns the status of its map, which is not there yet."""
    page.view.choose("Words")
    page.view.segments("target").last.click()
    status = page.view.root.locator("seqsal-status[work=salience]")
    expect(status).to_contain_text(_STARTED, timeout=PATIENCE)
    return status


def _metrics(process: Process) -> str:
    return httpx.get(f"{process.address}metrics").text


def _examples(client: httpx.Client) -> list[Any]:
    examples: list[Any] = client.post(f"/get_dataset?dataset_name={_DATASET}").json()
    return examples


def _add(client: httpx.Client, prompt: str, *, parent: str) -> Any:
    data = {"source": "", "prompt": prompt, "target": "", "_id": ""}
    example = {"id": "", "data": data, "meta": {"added": True, "parentId": parent}}
    reply = client.post(
        f"/annotate_new_data?dataset_name={_DATASET}", json={"inputs": [example]}
    ).raise_for_status()
    return reply.json()[0]


def _trails(client: httpx.Client, **changed: Any) -> Any:
    path = "/set_trail" if changed else "/get_trails"
    return client.post(f"{path}?dataset_name={_DATASET}", json=changed).raise_for_status().json()


def _explain(client: httpx.Client, prompt: str) -> tuple[list[Any], float]:
    """Returns the answer, its map and its log-probabilities, and the seconds in the queue."""
    (answer,), written = run_job(
        client, kind="generation", record={"prompt": prompt}, fields=["response"]
    )
    record = {"prompt": prompt, "target": answer["response"]}
    (tokens,), _ = run_job(client, kind="tokens", record=record, fields=["tokens"])
    mask = [0] * (len(tokens["tokens"]) - 2) + [1, 1]
    jobs = (
        {"kind": "salience", "target_masks": [mask], "methods": ["grad_l2", "linearized"]},
        {"kind": "logprobs"},
    )
    results = [run_job(client, record=record, **job) for job in jobs]
    predictions = [
        answer,
        *(prediction for predictions, _ in results for prediction in predictions),
    ]
    return predictions, sum(spent["queue"] for spent in (written, *(each for _, each in results)))
