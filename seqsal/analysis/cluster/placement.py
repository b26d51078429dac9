"""How many copies of a model a cluster takes, and what each of them needs."""

import dataclasses
from typing import Any, Final

from seqsal.analysis.cluster.connection import RayOptions, import_ray, nodes
from seqsal.models import frameworks
from seqsal.models.causal_lm import Estimate
from seqsal.options import Options

_TRIAL_SECONDS: Final = 300.0
"""How long the estimate may take on a node, until a worker with its resources is free."""
_TOKENS: Final = 256
"""Tokens of the sequence that must fit at least."""
_PROCESS_BYTES: Final = 600_000_000
"""Memory of a process that has imported a framework, without a model."""


@dataclasses.dataclass(frozen=True)
class Placement:
    """The copies of a model.

    Attributes:
        actors: their number.
        cores: processor cores of each.
        gpus: GPUs of each.
        memory: bytes of a node's memory that each takes; 0 if that is not known.
    """

    actors: int
    cores: int
    gpus: int
    memory: int

    @property
    def resources(self) -> dict[str, float]:
        """What each copy asks Ray for."""
        needed = {"num_cpus": self.cores, "num_gpus": self.gpus, "memory": self.memory}
        return {name: float(value) for name, value in needed.items() if value}


def place(path: str, settings: Options, options: RayOptions) -> Placement:
    """Returns the placement of a model's copies: one for each GPU, or for some cores.

    Args:
        path: the path of the model.
        settings: the options of the model.
        options: the cluster and the wanted number of copies.

    Raises:
        ValueError: no node has the resources of a copy, the model does not fit into memory, or
            fewer copies fit than are wanted.
    """
    if settings.device not in ("auto", "cpu", "cuda"):
        raise ValueError(
            "On a Ray cluster device must be auto, cpu or cuda, since Ray gives each copy of the"
            f" model its GPU; got {settings.device!r}."
        )
    with_gpu = any(_resource(node, "GPU") >= 1 for node in nodes())
    gpus = int(settings.device == "cuda" or (settings.device == "auto" and with_gpu))
    one = Placement(1, options.cores, gpus, 0)
    if not _fitting(one):
        raise ValueError(
            f"A copy of the model takes {_described(one)}, and no node of the Ray cluster has that:"
            f" {_cluster()}. Ask for fewer cores (ray_cores), or choose another device."
        )
    estimate = _estimate(path, settings, one)
    if estimate is not None:
        needed = estimate.weight_bytes + estimate.head_bytes + estimate.checkpointed_bytes
        on_node = _PROCESS_BYTES + (0 if gpus else needed)
        one = dataclasses.replace(one, memory=on_node)
        if not estimate.fits or not _fitting(one):
            raise ValueError(
                f"The model {path} needs about {(on_node if not gpus else needed) / 1e9:.1f} GB,"
                f" and no node of the Ray cluster has that: {_cluster()};"
                f" {estimate.free_bytes / 1e9:.1f} GB are free on {estimate.device}. Choose a"
                " smaller model, a narrower precision, or larger nodes."
            )
    fitting = _fitting(one)
    if options.actors is not None and options.actors > fitting:
        raise ValueError(
            f"{fitting} copies of the model fit into the Ray cluster, each with {_described(one)};"
            f" got ray_actors={options.actors}. Ask for fewer. The cluster has {_cluster()}."
        )
    return dataclasses.replace(one, actors=options.actors or fitting)


def _fitting(one: Placement) -> int:
    """Returns how many copies fit into all nodes."""
    needed = {"CPU": one.cores, "GPU": one.gpus, "memory": one.memory}
    return sum(
        min(int(_resource(node, name) // value) for name, value in needed.items() if value)
        for node in nodes()
    )


def _estimate(path: str, settings: Options, one: Placement) -> Estimate | None:
    """Returns what a copy needs, estimated where one would run; None if there is no estimate.

    Raises:
        ValueError: there is no such model, or no worker is free.
    """
    if frameworks.FRAMEWORKS[settings.dl_framework].estimate is None:
        return None
    ray = import_ray()
    task = ray.remote(**one.resources, max_retries=0)(frameworks.estimate)
    reference = task.remote(path, settings, _TOKENS)
    try:
        found: Estimate = ray.get(reference, timeout=_TRIAL_SECONDS)
    except ray.exceptions.GetTimeoutError:
        ray.cancel(reference, force=True)
        raise ValueError(
            f"No node of the Ray cluster gave {_described(one)} within"
            f" {_TRIAL_SECONDS:.0f} seconds; it has {_cluster()}. Wait until other work on it has"
            " ended, or ask for less."
        ) from None
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, ValueError):
            raise ValueError(str(error.cause)) from None
        raise
    return found


def _resource(node: dict[str, Any], name: str) -> float:
    return float(node["Resources"].get(name, 0))


def _described(one: Placement) -> str:
    parts = [f"{one.cores} cores" if one.cores > 1 else "1 core"]
    parts += ["1 GPU"] * one.gpus
    parts += [f"{one.memory / 1e9:.1f} GB"] * bool(one.memory)
    return ", ".join(parts)


def _cluster() -> str:
    """Returns the resources of the nodes as text."""
    return "; ".join(
        f"{_resource(node, 'CPU'):.0f} cores, {_resource(node, 'GPU'):.0f} GPUs and"
        f" {_resource(node, 'memory') / 1e9:.1f} GB"
        for node in nodes()
    )
