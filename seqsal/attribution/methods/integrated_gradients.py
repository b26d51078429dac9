"""Integrated gradients: the gradient along the way from a baseline to the text."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from absl import logging
from jaxtyping import Float32, Float64

from seqsal.attribution.method import Cost, MethodInfo, Run, builtin_info
from seqsal.models import capabilities
from seqsal.models.arrays import NumpyArray
from seqsal.models.objective import Objective, weight_matrix
from seqsal.models.progress import tasks

_WARN_ABOVE: Final = 0.05
"""Error of the sum, as a share of the difference to the baseline, that is logged."""


@dataclasses.dataclass(frozen=True)
class IntegratedGradients:
    """Scores a token by (e - b) . mean of ds/de over the points b + a (e - b), 0 < a < 1.

    e is the token's embedding and b the baseline's; the points are those of Gauss-Legendre
    quadrature. The scores of all tokens add up to s(e) - s(b), which `totals` returns, up to the
    error of the quadrature. It is large for a zero baseline in models with RMSNorm,
    whose output jumps near zero; take a token as the baseline there. See Sundararajan et al.
    2017, arXiv 1703.01365.

    Attributes:
        steps: the number of points, each a forward and a backward pass.
        baseline: the id of a token whose embedding is the baseline, such as a padding token; None
            for zero.
    """

    steps: int = 16
    baseline: int | None = None

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(
                f"integrated_gradients needs at least 1 step; got {self.steps}. 16 to 64 are usual."
            )

    @property
    def info(self) -> MethodInfo:
        """The description of the method."""
        given = f"steps={self.steps}" + ("" if self.baseline is None else f",token={self.baseline}")
        options = "" if self == IntegratedGradients() else given
        cost = Cost(forward=self.steps, backward=self.steps)
        return dataclasses.replace(builtin_info("integrated_gradients"), options=options, cost=cost)

    def attribute(
        self, run: Run, objectives: Sequence[Objective]
    ) -> Iterator[Float32[NumpyArray, " tokens"]]:
        """Yields the scores of all tokens for each objective."""
        rule: Any = np.polynomial.legendre.leggauss
        places, weights = rule(self.steps)
        points = [float(place + 1) / 2 for place in places]
        baseline = self._baseline(run)
        change = np.asarray(run.to_numpy(run.embeddings())) - baseline
        totals = np.zeros((len(objectives), *change.shape), np.float64)
        found = capabilities.path_gradients(run.lm, run.ids, points, baseline, objectives)
        task = tasks.current_task()
        for step, weight in enumerate(weights, start=1):
            task.report("progress", stage="step", number=step, of=self.steps)
            totals += weight / 2 * next(found)
        expected = self.totals(run, objectives)
        for objective, total, whole in zip(objectives, totals, expected, strict=True):
            scores = (total * change).sum(axis=-1).astype(np.float32)
            scores[objective.end :] = 0
            error = abs(float(scores.sum()) - whole) / max(abs(whole), 1e-12)
            if error > _WARN_ABOVE:
                logging.warning(
                    "integrated_gradients with %d steps: the scores miss %.0f %% of the difference"
                    " to the baseline. More steps are more exact.",
                    self.steps,
                    100 * error,
                )
            yield scores

    def totals(
        self, run: Run, objectives: Sequence[Objective]
    ) -> Float64[NumpyArray, " objectives"]:
        """Returns s(e) - s(b) for each objective, in nats; takes a forward pass of the baseline."""
        terms, weights = weight_matrix(objectives)
        if not terms:
            return np.zeros(len(objectives))
        with run.lm.queue:
            trace = run.lm.trace(run.ids, capabilities.moved_to(self._baseline(run), 0.0))
            at_baseline = trace.to_numpy(trace.logprobs(terms))
        differences = np.asarray(run.logprobs(terms), np.float64) - at_baseline
        return weights.astype(np.float64) @ differences

    def _baseline(self, run: Run) -> Float32[NumpyArray, " dim"]:
        if self.baseline is None:
            return np.zeros(run.lm.embed(run.ids[:1]).shape[-1], np.float32)
        row: NumpyArray = run.lm.embed([self.baseline])[0]
        return row


METHOD: Final = IntegratedGradients()
