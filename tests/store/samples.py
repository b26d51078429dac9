"""Answers, scores and prompts of all kinds, and processes to use them in."""

import multiprocessing
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa

from seqsal.attribution.method import builtin_info
from seqsal.models.arrays import NumpyArray
from seqsal.models.causal_lm import Encoding, Generation, GenerationOptions
from seqsal.models.objective import Objective
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
    """Writes thirty prompts and answers; returns what is wrong with the store in the end."""
    store = Store(sa.make_url(address), megabytes=100)
    for number in range(30):
        store.add_prompts("mine", [prompt(f"{name} {number}")])
        of_model(store).add_answers({f"{name} {number}": [answer()]})
    fault = store.fault
    store.close()
    return fault


def fault_of(address: str) -> str:
    """Returns what is wrong with a store once it is opened."""
    store = Store(sa.make_url(address), megabytes=1)
    fault = store.fault
    store.close()
    return fault


def in_a_process(work: Callable[..., Any], *arguments: Any) -> Any:
    """Returns what a function returns in a process of its own."""
    with started(work, *arguments) as result:
        return result()


class started:
    """A function that runs in a process of its own; a call inside waits for its result."""

    def __init__(self, work: Callable[..., Any], *arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._mine, theirs = context.Pipe(duplex=False)
        self.process = context.Process(target=_answering, args=(theirs, work, arguments))

    def __enter__(self) -> Callable[[], Any]:
        self.process.start()
        return self._result

    def _result(self) -> Any:
        assert self._mine.poll(120), "The process has not answered."
        result = self._mine.recv()
        self.process.join(60)
        return result

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.join()
        self._mine.close()


def _answering(pipe: Any, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    pipe.send(work(*arguments))
