"""The parts of a run on Ray Data: read by a task, analyzed by a pool of actors.

A row of the data is a part, so that the records of a part stay together and the rows of a run are
those of a run in one process. Ray moves the parts, waits where one side is slower than the other,
and repeats what a lost node had.
"""

import contextlib
import dataclasses
import logging
import os
import pathlib
import pickle
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
from ray.data import ActorPoolStrategy, DataContext, Datasource, ReadTask, read_datasource
from ray.data.block import BlockMetadata
from ray.exceptions import RayError

from seqsal.analysis.batch import BatchAnalyzer
from seqsal.analysis.cluster.connection import RayOptions, check_nodes, connected, import_ray
from seqsal.analysis.cluster.placement import Placement, place
from seqsal.analysis.plan import Part, Plan
from seqsal.analysis.tables import Rows
from seqsal.attribution import registry
from seqsal.options import Options

_PART, _DATA = "part", "data"
_ONE_ROW = 1
"""Bytes. A block ends as soon as it has as many, so that each row is a block, which is what Ray
sends to an actor."""


class Cluster:
    """A cluster that is connected and checked, for the models of a run."""

    def __init__(self, plan: Plan, placements: Mapping[str, Placement]) -> None:
        """Takes a run, and the placement of each model's copies."""
        self._plan, self._placements = plan, placements

    def rows(self, model: str, done: Sequence[int]) -> Iterator[tuple[int, Rows]]:
        """Yields the number and the rows of each part of a model.

        The parts come in the order in which they are done.

        Args:
            model: the name of the model.
            done: the parts to leave out.

        Raises:
            ValueError: the model cannot be loaded, or does not support a method.
        """
        placement = self._placements[model]
        analyzer = BatchAnalyzer(model, self._plan.models[model], _sent_settings(self._plan))
        with _quiet(), _translated_errors():
            data = read_datasource(
                _Parts(self._plan, model, done), override_num_blocks=1, num_cpus=0
            ).map_batches(
                _Actor,
                fn_constructor_args=(analyzer,),
                batch_size=1,
                compute=ActorPoolStrategy(size=placement.actors),
                **placement.resources,
            )
            # Nothing is fetched ahead: a part counts once it is written.
            for batch in data.iter_batches(batch_size=None, prefetch_batches=0):
                for number, content in zip(batch[_PART], batch[_DATA], strict=True):
                    yield int(number), pickle.loads(content)


@contextlib.contextmanager
def cluster(plan: Plan, options: RayOptions) -> Iterator[Cluster]:
    """Connects to a cluster and checks that the run is possible there.

    Raises:
        ValueError: as in `connected`, `check_nodes` and `place`; or a model is in memory, or a rule
            or a method cannot be sent.
    """
    plan = _with_absolute_paths(plan)
    try:
        import_ray().cloudpickle.dumps(_sent_settings(plan))
    except Exception as error:
        raise ValueError(
            "The rules and methods of a run on a cluster must be possible to pickle, to be sent to"
            f" it: {error}. Define them in a module that all nodes have."
        ) from error
    with connected(options):
        check_nodes(plan.models)
        settings = Options(**plan.settings.options)
        yield Cluster(
            plan, {name: place(path, settings, options) for name, path in plan.models.items()}
        )


class _Parts(Datasource):  # type: ignore[misc]
    """Reads the parts of a run one after the other, on the node of this process.

    The files are there, and a part is read when the actors are about to need it.
    """

    def __init__(self, plan: Plan, model: str, done: Sequence[int]) -> None:
        super().__init__()
        self._plan, self._model, self._done = plan, model, frozenset(done)

    @property
    def supports_distributed_reads(self) -> bool:
        return False

    def estimate_inmemory_data_size(self) -> int | None:
        return None

    def get_read_tasks(self, *_: Any, **__: Any) -> list[Any]:
        described = BlockMetadata(num_rows=None, size_bytes=None, input_files=None, exec_stats=None)
        return [ReadTask(self._read, described)]

    def _read(self) -> Iterator[pa.Table]:
        for part in self._plan.parts(self._model):
            if part[0] not in self._done:
                yield pa.table({_PART: [part[0]], _DATA: [pickle.dumps(part)]})


class _Actor:
    """A copy of the model on a node."""

    def __init__(self, analyzer: BatchAnalyzer) -> None:
        """Loads the model."""
        analyzer.explainer()
        self._analyzer = analyzer

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, list[Any]]:
        parts: list[Part] = [pickle.loads(content) for content in batch[_DATA]]
        return {
            _PART: [number for number, _ in parts],
            _DATA: [pickle.dumps(self._analyzer(chunk)) for _, chunk in parts],
        }


def _sent_settings(plan: Plan) -> Any:
    """Returns settings that do not need the methods registered in this process."""
    settings = plan.settings
    if settings.methods is None:
        return settings
    return dataclasses.replace(settings, methods=registry.find_methods(settings.methods))


def _with_absolute_paths(plan: Plan) -> Plan:
    """Returns a run that can be sent: worker processes have another current folder.

    Raises:
        ValueError: a model is in memory.
    """
    for name, model in plan.models.items():
        if not isinstance(model, str | os.PathLike):
            raise ValueError(
                f"A model in memory cannot be sent to a Ray cluster; got {type(model).__name__} for"
                f" {name!r}. Save it in a folder that all nodes have, and give its path."
            )
    sources = [
        each if each.path is None else dataclasses.replace(each, path=each.path.absolute())
        for each in plan.sources
    ]
    models = {
        name: str(pathlib.Path(path).absolute()) if os.path.exists(path) else str(path)
        for name, path in plan.models.items()
    }
    return dataclasses.replace(plan, sources=sources, models=models)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Makes Ray Data show no progress of its own, and send one part at a time."""
    context = DataContext.get_current().copy()
    context.enable_progress_bars = context.print_on_execution_start = False
    context.target_max_block_size = _ONE_ROW
    logger = logging.getLogger("ray.data")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with DataContext.current(context):
            yield
    finally:
        logger.setLevel(level)


@contextlib.contextmanager
def _translated_errors() -> Iterator[None]:
    """Raises the `ValueError` of an actor in this process, without the stack of the other."""
    try:
        yield
    except RayError as error:
        found: BaseException | None = error
        while found is not None:
            if isinstance(cause := getattr(found, "cause", None) or found, ValueError):
                raise ValueError(str(cause)) from error
            found = found.__cause__
        raise
