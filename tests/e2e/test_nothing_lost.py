"""kill -9: what a person added and what the model answered is there after a restart."""

import contextlib
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, Response, expect

from tests.e2e.salience_page import PATIENCE, SaliencePage
from tests.e2e.server import start_server

ROUNDS = int(os.environ.get("SEQSAL_KILL_ROUNDS", "2"))
_WRITERS = 3


@contextlib.contextmanager
def _serving(*flags: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Yields the address and the process of a server, which is killed in the end."""
    address, process = start_server(*flags)
    try:
        yield address, process
    finally:
        process.kill()
        process.wait(timeout=60)
        assert process.stdout is not None
        process.stdout.close()


def test_an_added_prompt_and_its_answer_outlive_kill_9(
    browser_page: Page, tmp_path: pathlib.Path
) -> None:
    flag = f"--data_dir={tmp_path}"
    with _serving(flag) as (address, _):
        browser_page.goto(address)
        page = SaliencePage(browser_page)
        page.select("fewshot-mistake")
        page.view.wait_for_answer()
        page.edit_prompt(lambda prompt: prompt.replace("Quiche Lorraine", "Tomato soup"))
        page.add()
        expect(page.view.root).to_contain_text("Tomato soup", timeout=PATIENCE)
        page.view.wait_for_answer()
        answer = page.view.text("target")
        page.view.choose("Sentences")
        page.view.explain(page.view.segments("target").last)
        heat = page.view.heat()
        assert any(heat)
        browser_page.goto("about:blank")

    with _serving(flag) as (address, _):
        ran = _ModelRuns(browser_page)
        browser_page.goto(address)
        page = SaliencePage(browser_page)
        page.select("added")
        page.view.wait_for_answer()
        assert "Tomato soup" in page.view.text("prompt")
        assert page.view.text("target") == answer
        page.view.choose("Sentences")
        page.view.explain(page.view.segments("target").last)
        assert page.view.heat() == heat
        browser_page.wait_for_load_state("networkidle")
        browser_page.goto("about:blank")
        assert ran.answers >= 2
        assert ran.with_the_model == []


class _ModelRuns:
    """Which of a page's answers about an added prompt took the model, by what the server tells."""

    def __init__(self, page: Page) -> None:
        self.answers = 0
        self.with_the_model: list[str] = []
        page.on("response", self._note)

    def _note(self, response: Response) -> None:
        asked = response.request.post_data or ""
        if response.url.endswith("/seqsal/jobs") and ('"generation"' in asked or "masks" in asked):
            self.answers += 1
            # A stage is told where the model begins to read, and nowhere else.
            if '"stage"' in response.text():
                self.with_the_model.append(asked)


def test_what_was_acknowledged_over_http_outlives_kill_9(
    tmp_path: pathlib.Path, checkpoint: pathlib.Path
) -> None:
    flags = (f"--models=tiny:{checkpoint}", f"--data_dir={tmp_path}", "--max_new_tokens=5")
    acknowledged: dict[str, str] = {}
    for number in range(ROUNDS):
        with _serving(*flags) as (address, process):
            _check(address, acknowledged)
            acknowledged |= _written_until_killed(address, process, f"round {number}")
        assert acknowledged
        with sqlite3.connect(tmp_path / "seqsal.sqlite") as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()
    with _serving(*flags) as (address, _):
        _check(address, acknowledged)


def _written_until_killed(
    address: str, process: subprocess.Popen[str], name: str
) -> dict[str, str]:
    """Returns the answers of all prompts that were acknowledged before a random moment."""
    acknowledged: dict[str, str] = {}

    def write(writer: int) -> None:
        with httpx.Client(base_url=address, timeout=60) as client:
            for number in range(1_000_000):
                prompt = f"{name}, writer {writer}, {number}"
                try:
                    if not _added(client, prompt):
                        return
                    acknowledged[prompt] = ""
                    acknowledged[prompt] = _answer(client, prompt)
                except httpx.HTTPError:
                    return

    writers = [threading.Thread(target=write, args=(i,)) for i in range(_WRITERS)]
    for writer in writers:
        writer.start()
    time.sleep(random.uniform(0.5, 3))
    process.send_signal(signal.SIGKILL)
    for writer in writers:
        writer.join()
    return acknowledged


def _check(address: str, acknowledged: dict[str, str]) -> None:
    """Checks that every prompt is in the dataset, and every answer in the store."""
    with httpx.Client(base_url=address, timeout=60) as client:
        examples = client.post("/get_dataset?dataset_name=sample_prompts", json={}).json()
        prompts = [example["data"]["prompt"] for example in examples]
        assert len(prompts) == len(set(prompts))
        assert set(acknowledged) <= set(prompts)
        for prompt, answer in acknowledged.items():
            if answer:
                body = {"kind": "generation", "model": "tiny", "record": {"prompt": prompt}}
                told = client.post("/seqsal/jobs", json=body).text
                assert "event: done" in told
                assert '"stage"' not in told, "The model has run again."
                assert answer == _answer(client, prompt)


def _added(client: httpx.Client, prompt: str) -> bool:
    data = {"source": "kill", "prompt": prompt, "target": "", "_id": ""}
    body = {"inputs": [{"id": "", "data": data, "meta": {"added": True}}]}
    return client.post("/annotate_new_data?dataset_name=sample_prompts", json=body).is_success


def _answer(client: httpx.Client, prompt: str) -> str:
    body = {"inputs": [{"id": "", "data": {"prompt": prompt, "_id": ""}, "meta": {}}]}
    response = client.post("/get_preds?model=tiny", json=body)
    response.raise_for_status()
    return str(response.json()[0]["response"])


@pytest.mark.parametrize("data_dir", ["/proc/nowhere"])
def test_where_nothing_can_be_kept_the_page_says_so_and_works(
    browser_page: Page, data_dir: str
) -> None:
    with _serving(f"--data_dir={data_dir}") as (address, _):
        browser_page.goto(address)
        page = SaliencePage(browser_page)
        title = browser_page.locator("#title-group")
        expect(title).to_contain_text("not saving: the store's folder can not be written")
        page.select("fewshot-mistake")
        page.view.wait_for_answer()
        if folder := os.environ.get("SEQSAL_SCREENSHOTS"):
            browser_page.screenshot(path=f"{folder}/nothing-kept.png")
        browser_page.goto("about:blank")
