"""Log-probabilities of an answer where only some parts of the prompt stay, each measured once."""

import pathlib
from collections.abc import Iterable, Sequence

import numpy as np

from benchmarks.faithfulness import rows
from benchmarks.faithfulness.items import Item
from benchmarks.faithfulness.metrics import Kept
from benchmarks.faithfulness.models import Model
from seqsal.models.arrays import NumpyArray
from seqsal.models.capabilities import logprobs_without
from seqsal.models.objective import Term


class Removals:
    """What was measured by removing parts; kept in a file of JSON lines."""

    def __init__(self, model: Model, file: pathlib.Path) -> None:
        """Reads what was measured before."""
        self._model, self._file = model, file
        self._known: dict[tuple[str, Kept], float] = {}
        for row in rows.read(file):
            for kept, value in row["logprobs"]:
                self._known[row["item"], tuple(kept)] = value

    def has(self, item: Item, variants: Iterable[Kept]) -> bool:
        """Returns whether all variants of an item were measured before."""
        return all((item.key, kept) in self._known for kept in variants)

    def logprobs(self, item: Item, variants: Iterable[Kept]) -> NumpyArray:
        """Returns the log-probability of the answer with the parts that each variant keeps."""
        wanted = list(variants)
        new = [kept for kept in dict.fromkeys(wanted) if (item.key, kept) not in self._known]
        if new:
            values = measure(self._model, item, new).tolist()
            measured = list(zip(new, values, strict=True))
            rows.append(self._file, {"item": item.key, "logprobs": measured})
            self._known |= {(item.key, kept): value for kept, value in measured}
        return np.array([self._known[item.key, kept] for kept in wanted])

    def effects(self, item: Item) -> NumpyArray:
        """Returns what the answer loses, in nats, without each part."""
        variants = [item.all_parts, *(item.without(i) for i in item.all_parts)]
        whole, *others = self.logprobs(item, variants)
        return np.array([whole - other for other in others])


def measure(model: Model, item: Item, variants: Sequence[Kept]) -> NumpyArray:
    """Runs the model on variants of an item; returns the log-probability of the answer in each."""
    ids = item.ids + item.answer
    terms = [Term(position, ids[position]) for position in item.positions]
    removals = [
        tuple(span for i, span in enumerate(item.segments) if i not in set(kept))
        for kept in variants
    ]
    rows = logprobs_without(model.lm, ids, removals, terms)
    return np.array([row.sum(dtype=np.float64) for row in rows])
