"""Sample answers, scores and prompts, and helpers that run functions in processes."""

import multiprocessing
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa

from seqsal.attribution.method import builtin_info
from seqsal.models.arrays import NumpyArray
from seqsal.models.causal_lm import Encoding, Generation, GenerationOptions
from seqsal.models.objective import Objective
from seqsal.store import trails
from seqsal.store.prompts import Prompt
from seqsal.store.store import ModelStore, Store

GREEDY = GenerationOptions()


def of_model(store: Store, fingerprint: str = "f") -> ModelStore:
    return store.of_model(fingerprint, "org/model", GREEDY)


def answer(text: str = " eggs", logprob: float = -1.5) -> Generation:
    return Generation(Encoding((7, 311, 5), (text, "", "</s>"), (False, False, True)), logprob)


def scores(seed: int = 0, tokens: int = 11) -> dict[str, NumpyArray]:
    drawn = np.random.default_rng(seed).standard_normal((2, tokens)).astype(np.float32)
    return {"grad_l2": np.abs(drawn[0]), "grad_dot_input": drawn[1]}


def objective(ids: Sequence[int], selection: Collection[int]) -> Objective:
    return Objective.of_tokens(ids, selection)


def notes(store: Store) -> dict[bytes, trails.Note]:
    """Returns the notes about the tries of all prompts, by the keys of the prompts."""
    none: dict[bytes, trails.Note] = {}
    return store.read(trails.notes, none)


def add_scores(
    model: ModelStore, ids: Sequence[int], added: Mapping[frozenset[int], Mapping[str, NumpyArray]]
) -> None:
    """Stores scores by selection and method."""
    model.add_scores(
        ids,
        {
            (objective(ids, selection), builtin_info(name)): values
            for selection, by_method in added.items()
            for name, values in by_method.items()
        },
    )


def stored_scores(
    model: ModelStore, ids: Sequence[int], selections: Iterable[Collection[int]]
) -> dict[frozenset[int], dict[str, NumpyArray]]:
    """Returns the stored scores of both methods, by selection."""
    found: dict[frozenset[int], dict[str, NumpyArray]] = {}
    by_objective = {objective(ids, each): frozenset(each) for each in selections}
    infos = [builtin_info(name) for name in scores()]
    keys = [(each, info) for each in by_objective for info in infos]
    for (each, info), values in model.scores(ids, keys).items():
        found.setdefault(by_objective[each], {})[info.name] = values
    return found


def prompt(text: str, target: str = "", source: str = "added") -> Prompt:
    return Prompt(source=source, prompt=text, target=target)


def write_many(address: str, name: str) -> str:
    """Writes thirty prompts and answers; returns the fault of the store at the end."""
    store = Store(sa.make_url(address), megabytes=100)
    for number in range(30):
        store.add_prompts("mine", [prompt(f"{name} {number}")])
        of_model(store).add_answers({f"{name} {number}": [answer()]})
    fault = store.fault
    store.close()
    return fault


def fault_of(address: str) -> str:
    """Opens a store and returns its fault."""
    store = Store(sa.make_url(address), megabytes=1)
    fault = store.fault
    store.close()
    return fault


def run_in_process(work: Callable[..., Any], *arguments: Any) -> Any:
    """Returns the result of a function that runs in a new process."""
    with started(work, *arguments) as result:
        return result()


class started:
    """A context manager that runs a function in a new process; call its target for the result."""

    def __init__(self, work: Callable[..., Any], *arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._mine, theirs = context.Pipe(duplex=False)
        self.process = context.Process(target=_send_result, args=(theirs, work, arguments))

    def __enter__(self) -> Callable[[], Any]:
        self.process.start()
        return self._result

    def _result(self) -> Any:
        assert self._mine.poll(120), "The process did not return a result."
        result = self._mine.recv()
        self.process.join(60)
        return result

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.join()
        self._mine.close()


def _send_result(pipe: Any, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    pipe.send(work(*arguments))
