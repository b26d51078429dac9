"""Thousands of records, some of which are malformed, too long, or raise."""

import json
import pathlib
from collections.abc import Sequence
from typing import Any

import psutil
import pytest

import seqsal
from seqsal.models.transformers import HFCausalLM
from tests.all_tests import ENABLED

COUNT = 10_000 if ENABLED else 300
"""All of them take many minutes on one core, since the shapes of arrays are checked."""


def _line(number: int) -> str:
    if number % 100 == 17:
        return '{"prompt": "Taste: no end'
    if number % 100 == 53:
        return json.dumps({"prompt": "Dish: a b c " * 90, "target": " Avoid."})
    if number % 1000 == 88:
        return json.dumps({"prompt": f"Dish: raises {number}", "target": " Avoid."})
    return json.dumps({"prompt": f"Dish: {number}", "target": " Avoid."})


def test_all_others_are_there_and_each_of_these_is_named_with_its_line(
    lm: HFCausalLM, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text("".join(f"{_line(i)}\n" for i in range(COUNT)), encoding="utf-8")
    trace, memory = lm.trace, list[int]()
    raising = {lm.encode(f"Dish: raises {i}").ids for i in range(88, COUNT, 1000)}

    def failing(ids: Sequence[int], *others: Any) -> Any:
        memory.append(psutil.Process().memory_info().rss)
        if any(tuple(ids[: len(prompt)]) == prompt for prompt in raising):
            raise RuntimeError("out of luck")
        return trace(ids, *others)

    monkeypatch.setattr(lm, "trace", failing)
    analysis = seqsal.analyze({"tiny": lm}, path, tmp_path / "out", methods=["grad_l2"])
    errors = analysis.table("errors").set_index("line")["stage"].to_dict()
    expected = {i + 1: "read" for i in range(17, COUNT, 100)}
    expected |= {i + 1: "encode" for i in range(53, COUNT, 100)}
    expected |= {i + 1: "attribute" for i in range(88, COUNT, 1000)}
    assert errors == expected
    lines = analysis.table("records", ["line"])["line"].tolist()
    assert lines == [i for i in range(1, COUNT + 1) if i not in expected]
    # Flat memory: what grows with the records would be more than this.
    assert memory[-1] - memory[len(memory) // 4] < 60e6
