"""A Ray cluster on this machine, for the tests: two nodes of one core each."""

import contextlib
import os
import pathlib
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

NODE = {
    "num_cpus": 1,
    "num_gpus": 0,
    "object_store_memory": 80 * 2**20,
    "include_dashboard": False,
    "include_log_monitor": False,
    "no_monitor": True,
}
HEALTH = {
    "health_check_initial_delay_ms": 1000,
    "health_check_period_ms": 1000,
    "health_check_timeout_ms": 5000,
    "health_check_failure_threshold": 3,
}
"""A lost node is noticed after seconds instead of a quarter of a minute."""

ROOT = pathlib.Path(__file__).parents[2]


@contextlib.contextmanager
def two_nodes() -> Iterator[Any]:
    """Yields a `ray.cluster_utils.Cluster`; its processes and files are gone afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        # The paths of sockets have at most 107 characters; those of pytest's folders are longer.
        folder = pathlib.Path(tempfile.mkdtemp(prefix="ray"))
        (folder / "ray").mkdir()
        patch.setenv("RAY_TMPDIR", str(folder))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        # Ray gives way to other processes by default, so another test's process would hold it up.
        patch.setenv("RAY_worker_niceness", "0")
        patch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        patch.setenv("PYTHONPATH", str(ROOT))  # The seqsal of this folder runs on the nodes.
        patch.delenv("RAY_ADDRESS", raising=False)
        import ray

        try:
            cluster = _started(folder)
            yield cluster
            ray.shutdown()
            cluster.shutdown()
        finally:
            ray.shutdown()
            _end(folder)
            shutil.rmtree(folder, ignore_errors=True)


def _started(folder: pathlib.Path) -> Any:
    """Returns a cluster of two nodes.

    Ray ends a node whose agents take more than 15 seconds to start, as they may on a busy machine.
    """
    from ray.cluster_utils import Cluster

    for attempts_left in (3, 2, 1, 0):
        try:
            cluster = Cluster(
                initialize_head=True, head_node_args={**NODE, "_system_config": HEALTH}
            )
            add_node(cluster)
            break
        except Exception:
            if not attempts_left:
                raise
            _end(folder)
    return cluster


def add_node(cluster: Any) -> None:
    """Adds a node, which may take several attempts."""
    for attempts_left in (3, 2, 1, 0):
        try:
            cluster.add_node(**NODE)
            break
        except Exception:
            if not attempts_left:
                raise


def _end(folder: pathlib.Path) -> None:
    """Ends the processes of a cluster that are left."""
    mine = []
    for each in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # Also a zombie.
            if any(str(folder) in word for word in each.cmdline()):
                each.kill()
                mine.append(each)
    psutil.wait_procs(mine, timeout=30)


def environment() -> dict[str, str]:
    """Returns the environment of another process that uses the cluster."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}
