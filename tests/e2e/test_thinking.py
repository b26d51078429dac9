"""Answers that reason on the page, over a real server and a tiny Qwen 3 with marks of thinking."""

import json
import pathlib
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

import seqsal
from seqsal.results.result import Result
from tests import reasoning
from tests.e2e.salience_page import PATIENCE, SaliencePage

Serve = Callable[..., str]

RECORDS: list[dict[str, Any]] = [
    {
        "source": "chat",
        "messages": [
            {"role": "user", "content": "Who came?"},
            {"role": "assistant", "content": "<think>Hm.</think>Ann came."},
            {"role": "user", "content": "And why?"},
        ],
        "target": "<think>It rained.</think>\n\nIt rained. So she came.",
    },
    {"source": "plain", "prompt": "Who came?", "target": "Ann."},
]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("reasoning")
    reasoning.save_checkpoint(folder / "model", special=True)
    data = "\n".join(map(json.dumps, RECORDS))
    (folder / "chat.jsonl").write_text(data, encoding="utf-8")
    return folder


@pytest.fixture
def page(serve: Serve, folder: pathlib.Path, browser_page: Page) -> SaliencePage:
    data = f"--datasets=chat:{folder / 'chat.jsonl'}"
    browser_page.goto(serve(f"--models=q:{folder / 'model'}", data, "--max_new_tokens=4"))
    page = SaliencePage(browser_page)
    page.select("chat")
    page.view.wait_for_answer()
    page.view.show("Target")
    return page


def _visible(page: SaliencePage) -> list[str]:
    shown = page.view.root.locator("seqsal-text .target [role=option]:visible")
    return [text.strip() for text in shown.all_inner_texts()]


def _readout(page: SaliencePage) -> str:
    text = page.view.root.locator("seqsal-readout .long.parts").inner_text()
    return re.sub(r"\s", " ", text)


def test_thinking_is_folded_told_apart_passed_on_and_saved(
    page: SaliencePage,
    folder: pathlib.Path,
    tmp_path: pathlib.Path,
    browser_page: Page,
    chromium: Browser,
) -> None:
    jobs: list[dict[str, Any]] = []
    browser_page.on(
        "request",
        lambda request: (
            jobs.append(json.loads(request.post_data or "{}"))
            if request.url.endswith("/seqsal/jobs")
            else None
        ),
    )
    view = page.view
    expect(view.root.locator("seqsal-notes .omitted")).to_contain_text("18 characters are not sent")
    header = view.root.get_by_role("button", name="Thinking ·")
    expect(header).to_have_attribute("aria-expanded", "false")
    assert _visible(page) == ["It rained.", "So she came."]
    page.view.explain(view.segment("target", "So she came."))
    shares = re.fullmatch(
        r"(\d+) % of the salience is on the prompt, (\d+) % on the thinking,"
        r" (\d+) % on the answer before it \(absolute values\)",
        _readout(page),
    )
    assert shares and 99 <= sum(map(int, shares.groups())) <= 101
    expect(header).to_contain_text(f"{shares[2]}")
    header.press("Enter")
    expect(header).to_have_attribute("aria-expanded", "true")
    assert _visible(page)[:1] == ["<think>It rained.</think>"]
    assert not any(each.get("through_thinking") for each in jobs)
    view.root.get_by_role("button", name="Pass the thinking on").click()
    expect(view.root.locator("seqsal-readout .long.parts")).to_contain_text("passed on")
    view.wait_for_heat()
    asked = [each for each in jobs if each["kind"] == "salience" and not each["ahead"]][-1]
    assert asked["through_thinking"] is True
    result = Result.from_json(page.save("Data (JSON)", tmp_path))
    assert result.thinking and result.salience[0].through_thinking
    assert result.view["thinking"] == "passed on" and result.view["thoughts"] == "unfolded"
    expected = seqsal.explain(
        str(folder / "model"),
        messages=RECORDS[0]["messages"],
        target=str(RECORDS[0]["target"]),
        select="So she came.",
        through_thinking=True,
    )
    for name, scores in expected.scores.items():
        if name in result.scores:
            close = np.abs(scores).max() * 1e-3
            np.testing.assert_allclose(result.scores[name], scores, rtol=1e-3, atol=close)
    offline = chromium.new_page()
    offline.goto(page.save("Page (HTML)", tmp_path).as_uri())
    saved = offline.locator("seqsal-view")
    expect(saved.locator("seqsal-readout .long.parts")).to_contain_text("passed on")
    expect(saved.get_by_role("button", name="Thinking ·")).to_be_visible()
    offline.close()


def test_a_method_for_segments_is_not_passed_on(page: SaliencePage) -> None:
    page.view.explain(page.view.segment("target", "So she came."))
    switch = page.view.root.get_by_role("button", name="Pass the thinking on")
    switch.click()
    page.view.choose("Removal")
    expect(switch).to_be_disabled(timeout=PATIENCE)
    expect(switch).to_have_attribute("title", re.compile("scores segments"))
