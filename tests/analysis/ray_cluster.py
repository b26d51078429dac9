"""A Ray cluster on this machine, for the tests: two nodes of one core each."""

import contextlib
import os
import pathlib
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest

NODE = {
    "num_cpus": 1,
    "num_gpus": 0,
    "object_store_memory": 80 * 2**20,
    "include_dashboard": False,
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
        patch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        patch.setenv("PYTHONPATH", str(ROOT))  # The seqsal of this folder runs on the nodes.
        patch.delenv("RAY_ADDRESS", raising=False)
        import ray
        from ray.cluster_utils import Cluster

        cluster = Cluster(initialize_head=True, head_node_args={**NODE, "_system_config": HEALTH})
        try:
            cluster.add_node(**NODE)
            yield cluster
        finally:
            ray.shutdown()
            cluster.shutdown()
            shutil.rmtree(folder, ignore_errors=True)


def environment() -> dict[str, str]:
    """Returns the environment of another process that uses the cluster."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}
