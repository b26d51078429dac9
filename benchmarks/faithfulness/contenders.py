"""The methods to compare. Each is one function from an item to a score for each of its parts."""

import dataclasses
import random
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from benchmarks.faithfulness import attention
from benchmarks.faithfulness.items import Item
from benchmarks.faithfulness.metrics import strongest
from benchmarks.faithfulness.models import Model
from benchmarks.faithfulness.removals import measure
from seqsal.attribution import registry
from seqsal.attribution.engine import Engine
from seqsal.attribution.method import MethodInfo
from seqsal.models.arrays import NumpyArray
from seqsal.models.objective import Objective

CHECKS: Final = 8
"""Most removals of a checked map."""
PAGE_CHECKS: Final = 24
"""Most single parts that the check in the page removes."""
PASSAGES: Final = 12
"""How many passages it removes of a text with more parts than that."""
_NOTICEABLE: Final = 0.1
"""Nats that a passage costs at least, before its parts are removed one by one."""


@dataclasses.dataclass(frozen=True)
class Contender:
    """A method under test.

    Attributes:
        name: of its row.
        scores: returns a score for each part of an item, positive where the part supports the
            answer.
        version: raised when it gives other numbers, so that kept ones are computed again.
        passes: forward passes of a whole prompt that it may need, of the number of its parts; a
            backward pass counts as two.
    """

    name: str
    scores: Callable[[Item], NumpyArray]
    version: int = 1
    passes: Callable[[int], float] = lambda parts: 1


def contenders(model: Model) -> list[Contender]:
    """Returns all contenders that run in this process."""
    methods = [of_method(model, method.info) for method in registry.all_methods()]
    return [
        *methods,
        Contender("checked map", lambda item: checked(model, item), 1, lambda parts: CHECKS + 4),
        Contender(
            "check in the page",
            lambda item: checked_in_page(model, item),
            1,
            lambda parts: min(parts, PAGE_CHECKS) + PASSAGES + 3,
        ),
        Contender("attention (last layer)", lambda item: attention.last_layer(model, item)),
        Contender("attention rollout", lambda item: attention.rollout(model, item)),
        Contender("length", lambda item: np.array([end - start for start, end in item.segments])),
        Contender("recency", lambda item: np.arange(1.0, len(item.parts) + 1)),
        Contender("random", lambda item: _random(item)),
    ]


def of_method(model: Model, info: MethodInfo) -> Contender:
    """Returns a method of the registry as a contender."""

    def passes(parts: int) -> float:
        each = parts if info.cost.per == "segment" else 1
        return 1 + (info.cost.forward + 2 * info.cost.backward) * each

    return Contender(
        info.name, lambda item: method_scores(model, item, info.name)[0], info.version, passes
    )


def method_scores(model: Model, item: Item, *names: str) -> list[NumpyArray]:
    """Returns the scores of methods of the registry, without a cache of earlier passes."""
    ids = item.ids + item.answer
    objective = Objective.of_tokens(ids, item.positions)
    (scores,) = Engine(model.lm).scores(ids, [objective], names, segments=item.segments)
    return [sums(scores[name], item) for name in names]


def sums(scores: NumpyArray, item: Item) -> NumpyArray:
    """Returns the sum of the scores of each part's tokens."""
    return np.array([scores[start:end].sum() for start, end in item.segments], np.float64)


def checked(model: Model, item: Item) -> NumpyArray:
    """Returns the scores of an instant map whose strongest parts were checked by removing them.

    The candidates are the strongest of `linearized` and `grad_l2` in turn. A part that was removed
    scores what the answer lost, in nats. The others keep their order in `linearized`, in the same
    unit and below those that were found to matter.
    """
    maps = method_scores(model, item, "linearized", "grad_l2")
    candidates = interleaved([strongest(scores, CHECKS) for scores in maps], CHECKS)
    variants = [item.all_parts, *(item.without(i) for i in candidates)]
    whole, *others = measure(model, item, variants)
    return combine(maps[0], candidates, whole - np.array(others))


def checked_in_page(model: Model, item: Item) -> NumpyArray:
    """Returns the scores of a map that was checked as the page does it, with up to 24 removals.

    The strongest 8 parts of `linearized` are removed one by one. In a text of more than 24 parts,
    about 12 passages follow, and then in turn the next part of the map and the parts of the
    passages that cost most. The page also removes several parts together, which changes no score.
    """
    (instant,) = method_scores(model, item, "linearized")
    order = strongest(np.abs(instant), len(instant))
    first, rest = order[:CHECKS], order[CHECKS:]
    within: list[int] = []
    if len(order) > PAGE_CHECKS:
        passages = [list(map(int, each)) for each in np.array_split(item.all_parts, PASSAGES)]
        whole, *others = measure(
            model, item, [item.all_parts, *(item.without(*each) for each in passages)]
        )
        costs = whole - np.array(others)
        within = [
            part
            for i in strongest(costs, len(costs))
            if costs[i] >= _NOTICEABLE
            for part in rest
            if part in passages[i]
        ]
    turns = [each for i, part in enumerate(rest) for each in (part, *within[i : i + 1])]
    candidates = list(dict.fromkeys(first + turns))[:PAGE_CHECKS]
    variants = [item.all_parts, *(item.without(i) for i in candidates)]
    whole, *others = measure(model, item, variants)
    return combine(instant, candidates, whole - np.array(others))


def combine(instant: NumpyArray, candidates: Sequence[int], effects: NumpyArray) -> NumpyArray:
    """Returns measured effects where there are some, and elsewhere the instant map in their unit.

    >>> combine(np.array([4.0, 3.0, 1.0, 0.5]), [0, 1], np.array([2.0, 5.0])).tolist()
    [2.0, 5.0, 1.0, 0.5]

    Args:
        instant: the scores of all parts.
        candidates: the parts that were removed.
        effects: what the answer lost without each of them.
    """
    shown, chosen = np.asarray(instant, np.float64), list(candidates)
    total = float(np.abs(shown[chosen]).sum())
    scale = float(np.abs(effects).sum()) / total if total else 0.0
    ceiling = min((each for each in effects if each > 0), default=0.0)
    scores = np.minimum(shown * scale, ceiling)
    scores[chosen] = effects
    return scores


def interleaved(orders: Sequence[Sequence[int]], count: int) -> list[int]:
    """Returns the first elements of several orders in turn, each once.

    >>> interleaved([[1, 2, 3], [1, 4, 5]], 3)
    [1, 2, 4]
    """
    turns = [each for turn in zip(*orders, strict=True) for each in turn]
    return list(dict.fromkeys(turns))[:count]


def _random(item: Item) -> NumpyArray:
    rng = random.Random(item.prompt)
    return np.array([rng.random() for _ in item.parts])
