"""What the scores of all tokens should add up to."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from seqsal.attribution.caches.results import ResultCache
from seqsal.attribution.method import HasTotals, MethodInfo, Run
from seqsal.attribution.registry import AnyMethod
from seqsal.models.objective import Objective


def cached_totals(
    run: Run,
    ids: tuple[int, ...],
    objective: Objective,
    methods: Sequence[AnyMethod],
    cache: ResultCache,
) -> dict[str, float]:
    """Returns the totals of an objective by method, in nats; those that are not cached run.

    Args:
        run: the sequence up to the last term.
        ids: the whole sequence, under which totals are cached.
        objective: what is explained.
        methods: any methods; those without a total, or with one that is unknown, are left out.
        cache: caches the totals.
    """
    complete = [method for method in methods if isinstance(method, HasTotals)]
    if not objective.weights:
        return {}
    keys = {method.info.name: (objective, _stored_as(method.info)) for method in complete}
    known = dict(cache.scores(ids, keys.values()))
    for method in complete:
        key = keys[method.info.name]
        if key not in known:
            total = np.asarray(method.totals(run, [objective]), np.float32)
            if np.isfinite(total).all():
                cache.add_scores(ids, {key: total})
                known[key] = total
    return {name: float(known[key][0]) for name, key in keys.items() if key in known}


def _stored_as(info: MethodInfo) -> MethodInfo:
    """Returns the key under which a cache holds a total, an array of one number."""
    return dataclasses.replace(info, options=";".join(filter(None, (info.options, "total"))))
