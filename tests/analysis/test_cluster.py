"""Runs on a Ray cluster of two nodes: the rows of a run in this process, whatever is lost."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

import seqsal
from seqsal.analysis.cluster import placement
from seqsal.analysis.output_folder import OutputFolder
from seqsal.analysis.tables import TABLES, Rows
from tests.all_tests import only_in_all_tests
from tests.analysis import ray_cluster
from tests.analysis.conftest import records

COUNT = 41


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two nodes of one core each."""
    with ray_cluster.two_nodes() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def connected(cluster: Any) -> Any:
    """The same cluster, to which this process stays connected."""
    import ray

    ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
    return cluster


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Records, one of which is malformed and one too long."""
    lines = [json.dumps(record) for record in records(COUNT)]
    lines[7], lines[20] = "{malformed", json.dumps({"prompt": "a b " * 200})
    path = tmp_path_factory.mktemp("data") / "data.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def _settings() -> dict[str, Any]:
    return {
        "methods": ("grad_l2", "linearized"),
        "removals": "labels",
        "max_new_tokens": 5,
        "batch_size": 1,
        "progress": False,
    }


@pytest.fixture(scope="module")
def in_process(
    checkpoint: pathlib.Path, data: pathlib.Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    """The files of a run in this process."""
    out = tmp_path_factory.mktemp("in_process") / "out"
    return _files(seqsal.analyze(f"tiny:{checkpoint}", data, out, **_settings()))


def _files(analysis: seqsal.Analysis) -> dict[str, bytes]:
    found = {
        f"{name}/{path.name}": path.read_bytes()
        for name in TABLES
        for path in (analysis.folder / name).iterdir()
    }
    assert len(found) == len(TABLES) * -(-COUNT // 4)
    return found


def test_a_node_that_is_lost_loses_no_record_and_repeats_none(
    connected: Any,
    checkpoint: pathlib.Path,
    data: pathlib.Path,
    in_process: dict[str, bytes],
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write, parts = OutputFolder.write, list[int]()

    def killing(folder: OutputFolder, part: int, rows: Rows) -> None:
        write(folder, part, rows)
        parts.append(part)
        if len(parts) == 2:
            connected.remove_node(connected.list_all_nodes()[-1], allow_graceful=False)

    monkeypatch.setattr(OutputFolder, "write", killing)
    try:
        analysis = seqsal.analyze(
            f"tiny:{checkpoint}", data, tmp_path / "out", ray=connected.address, **_settings()
        )
    finally:
        ray_cluster.add_node(connected)
    assert _files(analysis) == in_process
    assert sorted(parts) == list(range(11))
    errors = analysis.table("errors")
    assert errors["line"].tolist() == [8, 21]
    assert errors["stage"].tolist() == ["read", "encode"]


@only_in_all_tests("starts the command and Ray's actors twice, which takes a minute")
def test_a_run_whose_process_was_killed_is_continued(
    connected: Any,
    checkpoint: pathlib.Path,
    data: pathlib.Path,
    in_process: dict[str, bytes],
    tmp_path: pathlib.Path,
) -> None:
    out = tmp_path / "out"
    command = [
        *(sys.executable, "-m", "seqsal", "analyze", f"--models=tiny:{checkpoint}"),
        *(f"--datasets={data}", "--methods=grad_l2,linearized", "--removals=labels"),
        *("--max_new_tokens=5", "--batch_size=1", f"--out={out}", "--ray=auto"),
        *("--ray_actors=1", "--ray_cores=1"),
    ]
    environment = ray_cluster.environment() | {"RAY_ADDRESS": connected.address}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list((out / "records").glob("part-*.parquet")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = {path.name: path.stat().st_mtime_ns for path in (out / "records").iterdir()}
    assert 0 < len(before) < 11
    analysis = seqsal.analyze(f"tiny:{checkpoint}", data, out, ray=connected.address, **_settings())
    assert _files(analysis) == in_process
    for name, written in before.items():
        if name.endswith(".parquet"):
            assert (out / "records" / name).stat().st_mtime_ns == written


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ray_cores": 5}, "takes 5 cores, and no node of the Ray cluster has that: 1 cores"),
        ({"ray_actors": 3}, "2 copies of the model fit into the Ray cluster, each with 1 core,"),
        ({"device": "cuda:1"}, "device must be auto, cpu or cuda, since Ray gives"),
        ({"device": "cuda"}, "takes 1 core, 1 GPU, and no node of the Ray cluster has that"),
        ({"models": "tiny:/no/such/model"}, "/no/such/model"),
    ],
)
def test_what_the_cluster_has_no_room_for_is_an_error_before_work_starts(
    connected: Any,
    checkpoint: pathlib.Path,
    data: pathlib.Path,
    tmp_path: pathlib.Path,
    change: dict[str, Any],
    message: str,
) -> None:
    settings = {"models": f"tiny:{checkpoint}", **_settings(), **change}
    with pytest.raises(ValueError) as caught:
        seqsal.analyze(datasets=data, out=tmp_path / "out", ray=connected.address, **settings)
    assert message in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_model_that_does_not_fit_into_memory_is_an_error_before_work_starts(
    connected: Any,
    checkpoint: pathlib.Path,
    data: pathlib.Path,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(placement, "_PROCESS_BYTES", 10**15)
    with pytest.raises(ValueError, match=r"needs about 1000000\.0 GB, and no node of the Ray"):
        seqsal.analyze(
            f"tiny:{checkpoint}", data, tmp_path / "out", ray=connected.address, **_settings()
        )
    assert not (tmp_path / "out").exists()


def test_another_version_of_seqsal_on_the_nodes_is_an_error(
    connected: Any,
    checkpoint: pathlib.Path,
    data: pathlib.Path,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = seqsal.__version__
    monkeypatch.setattr(seqsal, "__version__", "9.9.9")
    with pytest.raises(ValueError) as caught:
        seqsal.analyze(
            f"tiny:{checkpoint}", data, tmp_path / "out", ray=connected.address, **_settings()
        )
    assert "All nodes must have seqsal 9.9.9, as this process has; the node " in str(caught.value)
    assert f"of the Ray cluster has {here}." in str(caught.value)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("ray_version", r"Version mismatch: The cluster was started with: Ray: 9\.9\.9 Python: 3"),
        ("python_version", r"Version mismatch: .* Python: 9\.9\.9 This process on .* Python: 3"),
    ],
)
def test_a_cluster_of_another_version_of_ray_or_python_is_an_error(
    connected: Any,
    checkpoint: pathlib.Path,
    data: pathlib.Path,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    message: str,
) -> None:
    import ray
    from ray._common.usage import usage_lib
    from ray.experimental import internal_kv

    # What the head node says of itself; a process that connects compares it with its own versions.
    key = usage_lib.usage_constant.CLUSTER_METADATA_KEY
    namespace = usage_lib.ray_constants.KV_NAMESPACE_CLUSTER
    before = internal_kv._internal_kv_get(key, namespace=namespace)
    other = json.dumps({**json.loads(before), what: "9.9.9"}).encode()
    monkeypatch.setattr(ray, "is_initialized", lambda: False)  # As in a process of its own.
    internal_kv._internal_kv_put(key, other, namespace=namespace)
    try:
        with pytest.raises(ValueError, match=message) as caught:
            seqsal.analyze(
                f"tiny:{checkpoint}", data, tmp_path / "out", ray=connected.address, **_settings()
            )
    finally:
        internal_kv._internal_kv_put(key, before, namespace=namespace)
    assert "with the same versions of Python and Ray." in str(caught.value)
    assert not (tmp_path / "out").exists()
