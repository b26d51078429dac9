"""What is wrong about a run on a cluster before there is a cluster."""

import pathlib
import socket
import sys
from typing import Any

import pytest

import seqsal
from seqsal.analysis.cluster import connection
from tests.analysis.conftest import Analyze, records

LISTENS_NOT = "127.0.0.1:1"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"ray": "ray://head:10001"},
            "ray must be auto, for the cluster that this machine is part",
        ),
        (
            {"ray": "head"},
            "of its head node; got 'head'. Run the command on a node of the cluster.",
        ),
        ({"ray": "auto", "ray_actors": 0}, "ray_actors must be at least 1; got 0."),
        ({"ray": "auto", "ray_cores": 0}, "ray_cores must be at least 1; got 0."),
        ({"ray": "auto"}, "A model in memory cannot be sent to a Ray cluster; got HFCausalLM for"),
    ],
)
def test_what_cannot_work_is_an_error(
    analyze: Analyze, tmp_path: pathlib.Path, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError) as caught:
        analyze(**change)
    assert message in str(caught.value)
    assert not (tmp_path / "out").exists()


def _analyze(checkpoint: pathlib.Path, out: pathlib.Path, address: str) -> None:
    seqsal.analyze(str(checkpoint), {"data": records()}, out, ray=address, progress=False)


def test_a_cluster_that_is_not_there_is_an_error(
    checkpoint: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    with pytest.raises(
        ValueError, match=r"The Ray cluster at 127.0.0.1:1 cannot be reached: .*ref"
    ):
        _analyze(checkpoint, tmp_path / "out", LISTENS_NOT)


def test_an_address_of_something_else_is_an_error_after_some_time(
    checkpoint: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_CONNECT_SECONDS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(ValueError, match=r"cannot be used. The reason given: no answer within"):
            _analyze(checkpoint, tmp_path / "out", address)


def test_without_ray_the_error_says_how_to_install_it(
    analyze: Analyze, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ValueError, match=r"Install it with pip install 'seqsal\[ray\]', or leave"):
        analyze(ray="auto")


def test_rules_that_cannot_be_sent_are_an_error_before_the_connection(
    checkpoint: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    class Unsendable:
        name = "own"

        def __init__(self) -> None:
            self.socket = socket.socket()

        def characters(self, answer: str) -> tuple[int, int]:
            return 0, len(answer)

    rule = Unsendable()
    with (
        rule.socket,
        pytest.raises(ValueError, match="must be possible to pickle, to be sent to it"),
    ):
        seqsal.analyze(
            str(checkpoint), {"data": records()}, tmp_path / "out", select=rule, ray=LISTENS_NOT
        )
