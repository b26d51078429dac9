"""Parts on several devices."""

import json
import pathlib
import threading

import pytest

import seqsal
from seqsal.analysis.workers import run_on_all
from seqsal.models import frameworks
from seqsal.options import Options
from tests.analysis.conftest import records


def test_each_part_runs_once_and_devices_run_at_the_same_time() -> None:
    both, done = threading.Barrier(2), list[tuple[int, str]]()

    def work(part: int, device: str) -> None:
        if part < 2:
            both.wait(timeout=30)
        done.append((part, device))

    run_on_all(iter(range(20)), ["a", "b"], work)
    assert sorted(part for part, _ in done) == list(range(20))
    assert {device for _, device in done} == {"a", "b"}


@pytest.mark.parametrize("devices", [["a"], ["a", "b"]])
def test_the_first_error_ends_the_run(devices: list[str]) -> None:
    done = list[int]()

    def work(part: int, device: str) -> None:
        if part == 3:
            raise ValueError("the disk is full")
        done.append(part)

    with pytest.raises(ValueError, match="the disk is full"):
        run_on_all(iter(range(1000)), devices, work)
    assert len(done) < 1000


def test_two_devices_give_the_rows_of_one(
    checkpoint: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def analyze(out: str) -> list[str]:
        analysis = seqsal.analyze(
            str(checkpoint),
            {"data": records(13)},
            tmp_path / out,
            methods=["grad_l2"],
            max_new_tokens=5,
            batch_size=1,
            progress=False,
        )
        return [analysis.table(name).to_json() for name in ("records", "segments", "errors")]

    one = analyze("one")
    # Two names of the CPU, whose copies of the model are apart, as those of two GPUs are.
    monkeypatch.setattr(frameworks, "devices", lambda _: ["cpu", "cpu:0"])
    assert analyze("two") == one
    manifest = json.loads((tmp_path / "two" / "run.json").read_text("utf-8"))
    assert manifest["settings"]["options"] == {"max_new_tokens": 5}


def test_all_accelerators_are_used_unless_a_device_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    assert frameworks.devices(Options()) == ["cuda:0", "cuda:1"]
    assert frameworks.devices(Options(device="cuda:1")) == ["cuda:1"]
    assert frameworks.devices(Options(device="spread")) == ["spread"]
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    assert frameworks.devices(Options()) == ["auto"]
