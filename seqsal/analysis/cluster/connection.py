"""The connection to a Ray cluster, and the checks of its nodes before work starts."""

import contextlib
import dataclasses
import os
import platform
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any, Final

import seqsal

_REACH_SECONDS: Final = 10.0
"""How long an address may take to accept a connection."""
_CONNECT_SECONDS: Final = 60.0
"""How long it may take to connect."""
_CONNECTION: Final = {"log_to_driver": False, "logging_level": "ERROR", "configure_logging": False}
_ANSWER_SECONDS: Final = 120.0
"""How long a node may take to start a worker process and answer."""
_ERROR: Final = re.compile(r"[\w.]+(Error|Exception): ")
"""How the last part of a traceback begins."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class RayOptions:
    """Where a run takes place, and with how many copies of a model.

    Attributes:
        address: auto, for the cluster that this machine is part of; or host:port.
        actors: the number of copies of a model; None for as many as fit.
        cores: processor cores of each copy; a copy on a GPU has one GPU, too.

    Raises:
        ValueError: a value is not valid.
    """

    address: str
    actors: int | None = None
    cores: int = 1

    def __post_init__(self) -> None:
        host, _, port = self.address.rpartition(":")
        if self.address != "auto" and (not host or "/" in host or not port.isdigit()):
            raise ValueError(
                "ray must be auto, for the cluster that this machine is part of, or host:port of"
                f" its head node; got {self.address!r}. Run the command on a node of the cluster."
            )
        for name, value in (("ray_actors", self.actors), ("ray_cores", self.cores)):
            if value is not None and (isinstance(value, bool) or value < 1):
                raise ValueError(f"{name} must be at least 1; got {value!r}.")


@contextlib.contextmanager
def connected(options: RayOptions) -> Iterator[None]:
    """Connects this process to a cluster; one that is connected already stays so.

    Raises:
        ValueError: Ray is not installed, or the cluster cannot be reached, has another version of
            Ray or Python, or has no node on this machine.
    """
    ray = import_ray()
    if ray.is_initialized():
        yield
        return
    address = options.address
    if address == "auto":
        address = os.environ.get("RAY_ADDRESS", "auto")
    _check_reachable(address)
    _check_connection(address)
    ray.init(address=address, **_CONNECTION)
    try:
        yield
    finally:
        ray.shutdown()


def import_ray() -> ModuleType:
    """Returns the module ray, which sends no statistics of its use from here.

    Raises:
        ValueError: it is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise ValueError(
            f"A run on a cluster needs Ray, which is not installed ({error}). Install it with pip"
            " install 'seqsal[ray]', or leave out ray."
        ) from None
    module: ModuleType = ray
    return module


def nodes() -> list[dict[str, Any]]:
    """Returns the nodes that are alive, as `ray.nodes` describes them."""
    return [node for node in import_ray().nodes() if node["Alive"]]


def check_nodes(paths: Mapping[str, str]) -> None:
    """Checks that all nodes have this version of seqsal, and the models that are files.

    Args:
        paths: the paths of models by name.

    Raises:
        ValueError: a node lacks something, has another version, or does not answer.
    """
    files = [path for path in paths.values() if os.path.exists(path)]
    expected = {"seqsal": seqsal.__version__, "Python": platform.python_version()}
    for node, answer in _ask_all(files).items():
        if isinstance(answer, Exception):
            raise ValueError(
                f"The node {node} of the Ray cluster cannot run seqsal: {_first_lines(answer)}"
                f" Install seqsal {seqsal.__version__} on all nodes."
            )
        versions, missing = answer
        for name, version in expected.items():
            if versions[name] != version:
                raise ValueError(
                    f"All nodes must have {name} {version}, as this process has; the node {node} of"
                    f" the Ray cluster has {versions[name]}. Install the same version there."
                )
        if missing:
            raise ValueError(
                f"Models must be on all nodes; {missing[0]} is not on the node {node} of the Ray"
                " cluster. Put it in a folder that all nodes share, or give the id of a hub."
            )


def _ask_all(files: Sequence[str]) -> dict[str, Any]:
    """Returns by node its versions and the files that it lacks, or an error."""
    ray = import_ray()
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    task = ray.remote(num_cpus=0, max_retries=0)(_look)
    asked = {
        f"{node['NodeManagerAddress']} ({node['NodeID'][:8]})": task.options(
            scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        ).remote(files)
        for node in nodes()
    }
    ready, _ = ray.wait([*asked.values()], num_returns=len(asked), timeout=_ANSWER_SECONDS)
    answers: dict[str, Any] = {}
    for node, reference in asked.items():
        try:
            late = TimeoutError(f"no answer within {_ANSWER_SECONDS:.0f} seconds.")
            answers[node] = ray.get(reference) if reference in ready else late
        except Exception as error:
            answers[node] = error
    return answers


def _look(files: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Returns the versions of a node, and the files that it lacks; runs there."""
    versions = {"seqsal": seqsal.__version__, "Python": platform.python_version()}
    return versions, [path for path in files if not os.path.exists(path)]


def _check_reachable(address: str) -> None:
    """Checks that something listens at host:port; Ray itself would try for two minutes.

    Raises:
        ValueError: nothing does.
    """
    host, _, port = address.rpartition(":")
    if not port.isdigit():
        return
    try:
        socket.create_connection((host, int(port)), _REACH_SECONDS).close()
    except OSError as error:
        raise ValueError(
            f"The Ray cluster at {address} cannot be reached: {error}. Check the address and that"
            " the cluster runs (ray status)."
        ) from None


def _check_connection(address: str) -> None:
    """Checks in another process that a connection is possible.

    Ray waits for minutes and may end the process where it is not.

    Raises:
        ValueError: it is not.
    """
    code = f"import ray; ray.init(address={address!r}, **{_CONNECTION})"
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            timeout=_CONNECT_SECONDS,
            check=False,
        )
        reason = "" if done.returncode == 0 else _message(done.stderr) or "none."
    except subprocess.TimeoutExpired:
        reason = f"no answer within {_CONNECT_SECONDS:.0f} seconds."
    if reason:
        raise ValueError(
            f"The Ray cluster at {address} cannot be used. The reason given: {reason} Start it with"
            " ray start, on this machine, too, and with the same versions of Python and Ray."
        )


def _message(output: str) -> str:
    r"""Returns the message of the error that ended a process, in one line.

    >>> _message("Traceback:\n  File x\nRuntimeError: Version mismatch:\n    Ray: 2\n")
    'RuntimeError: Version mismatch: Ray: 2'
    """
    lines = output.strip().splitlines()
    start = next((i for i in reversed(range(len(lines))) if _ERROR.match(lines[i])), -1)
    return " ".join(line.strip() for line in lines[start:])


def _first_lines(error: BaseException) -> str:
    """Returns the reason of an error that Ray raised, without the stack of the other process."""
    lines = [line.strip() for line in str(error).strip().splitlines() if line.strip()]
    if not lines:
        return f"{type(error).__name__}."
    cause = getattr(error, "cause", None)
    text = f"{type(cause).__name__}: {cause}" if cause is not None else " ".join(lines[:6])
    return text if text.endswith(".") else f"{text}."
