"""`Trace` on Keras: one forward pass, segment by segment.

The vector-Jacobian product of a segment is either cached (a tape, a graph, a vjp closure), or the
segment is recomputed from its input, if caching would take too much memory. The head runs only on
the rows that the terms need.
"""

import dataclasses
import functools
from collections.abc import Sequence
from typing import Final, NamedTuple

import keras
import numpy as np
from jaxtyping import Float, Float32, Float64, Int, Int64

from seqsal.models.arrays import Array, NumpyArray
from seqsal.models.causal_lm import LayerInterceptFn
from seqsal.models.costs import Costs
from seqsal.models.head_gradients import HeadGradients, batches
from seqsal.models.keras.network import Network
from seqsal.models.keras.runtime.base import VJP, Context, Runtime
from seqsal.models.keras.segment import Segment
from seqsal.models.objective import Objective, Term, as_arrays, weight_matrix

_BATCH_BYTES: Final = 256 * 2**20
"""Memory for the objectives of one batched backward pass."""


class KerasTrace:
    """One forward pass of a Keras model."""

    def __init__(
        self,
        network: Network,
        runtime: Runtime,
        ids: Sequence[int],
        *,
        costs: Costs,
        cached: int,
        intercept: LayerInterceptFn | None = None,
    ) -> None:
        """Runs the forward pass.

        Args:
            network: the model.
            runtime: runs it.
            ids: the sequence of token ids.
            costs: what a sequence costs in memory.
            cached: number of segments, from the last, whose graphs are cached.
            intercept: sees and may change the embeddings and the output of each layer.
        """
        self._network, self._runtime, self._ids = network, runtime, np.asarray(ids)
        self._costs, self._cached, self._graphs = costs, cached, 1
        length = len(ids) if intercept else runtime.padded_length(len(ids))
        context = _context(self._ids, min(length, network.max_tokens or length))
        self._rows = network.table_rows(context[0])
        self._steps: list[_Step] = []
        self._top = network.top_rows if intercept is None else None
        self._below_top = self._run(context, intercept)
        self._last_top: _Top | None = None
        self._head_gradients = HeadGradients[Float[NumpyArray, " hidden"]]()

    def _run(self, context: Context, intercept: LayerInterceptFn | None) -> Array:
        """Returns the hidden states below the top, or the last ones without a separate top."""
        x, segments = self._rows, self._network.segments
        for number, segment in enumerate(segments[:-2] if self._top else segments):
            if intercept is not None and number < len(self._network.segments):
                x, vjp = self._runtime.vjp(functools.partial(_at, intercept, number), x)
                self._steps.append(_Step(vjp, vjp))
            caches = number >= len(self._network.segments) - self._cached
            x, step = self._forward(segment, x, context, caches=caches)
            self._steps.append(step)
        return x

    def _forward(
        self, segment: Segment, x: Array, context: Context, *, caches: bool
    ) -> "tuple[Array, _Step]":
        """Returns the output of a segment and its vector-Jacobian products."""
        linearized = segment.linearized
        if caches:
            y, vjp = self._runtime.forward_with_vjp(segment, x, context)
            return y, _Step(vjp, _CachedVJP(self._runtime, linearized, x, context))
        recomputed = functools.partial(self._runtime.recomputed_vjp, segment, x, context)
        y = self._runtime.forward(segment, x, context)
        return y, _Step(
            recomputed, functools.partial(self._runtime.recomputed_vjp, linearized, x, context)
        )

    @property
    def embeddings(self) -> Float32[Array, "tokens dim"]:
        """The token embeddings, before the model scales them or adds positions."""
        return _plain(self._rows[0, : len(self._ids)])

    @property
    def nbytes(self) -> int:
        """Approximate bytes of the cached graphs, beyond the model's weights."""
        return self._graphs * self._costs.cached(len(self._ids), self._cached)

    def logprobs(self, terms: Sequence[Term]) -> Float32[Array, " terms"]:
        """Returns the log-probability of each term."""
        with self._network.queue:
            top = self._run_top(terms)
            parts = [
                self._runtime.logprobs(self._network.head, top.rows(positions - 1), _tensor(tokens))
                for positions, tokens in batches(terms)
            ]
            return _plain(keras.ops.concatenate(parts))

    def gradients(
        self, objectives: Sequence[Objective], *, linearized: bool = False
    ) -> Float32[Array, "objectives tokens dim"]:
        """Returns d objective / d embeddings for each objective.

        Args:
            objectives: what is differentiated.
            linearized: whether the derivative is that of the linearized network. The first one
                recomputes all segments; the graphs of the last ones are cached, too.
        """
        terms, weights = weight_matrix(objectives)
        if not terms:
            shape = len(objectives), len(self._ids), self._rows.shape[-1]
            return np.zeros(shape, np.float32)
        with self._network.queue:
            top = self._top_for(terms)
            steps = [*self._steps, *top.steps]
            vjps = [step.linearized if linearized else step.exact for step in steps]
            self._graphs = max(self._graphs, 1 + linearized)
            compute = functools.partial(self._logprob_gradients, top)
            rows = np.stack(self._head_gradients.of(terms, compute, first=top.first))
            positions, _ = as_arrays(terms)
            size = max(1, _BATCH_BYTES // max(1, self._costs.backward(len(self._ids))))
            parts = [
                self._backward(weights[start : start + size], top, vjps, positions, rows)
                for start in range(0, len(weights), size)
            ]
            gradients = keras.ops.concatenate(parts)
            # A causal model does not see what follows; attention may leave rounding errors there.
            ends = np.array([[objective.end] for objective in objectives])
            seen = keras.ops.convert_to_tensor(np.arange(len(self._ids)) < ends)
            return _plain(keras.ops.where(seen[..., None], gradients, 0.0))

    def head_products(self, objectives: Sequence[Objective]) -> Float64[NumpyArray, " objectives"]:
        """Returns for each objective the sum of ds/dh * h over the last hidden states h."""
        terms, weights = weight_matrix(objectives)
        if not terms:
            return np.zeros(len(objectives))
        with self._network.queue:
            top = self._top_for(terms)
            compute = functools.partial(self._logprob_gradients, top)
            rows = np.stack(self._head_gradients.of(terms, compute, first=top.first))
            hidden = keras.ops.cast(top.rows(as_arrays(terms)[0] - 1), "float32")
            products = (rows.astype(np.float64) * self.to_numpy(hidden)).sum(axis=-1)
        totals: NumpyArray = weights.astype(np.float64) @ products
        return totals

    def likeliest(self, position: int, count: int) -> list[tuple[Term, float]]:
        """Returns the likeliest terms at a position, the likeliest first, with their logprobs."""
        with self._network.queue:
            top = self._run_top([Term(position, 0)])
            hidden = top.rows(np.array([position - 1]))
            head = self._network.head
            logits = head(tuple(variable.value for variable in head.weights), hidden)
            row: NumpyArray = keras.ops.convert_to_numpy(keras.ops.cast(logits, "float32"))[0]
        logprobs = row - np.logaddexp.reduce(row)
        best = np.argsort(-logprobs, kind="stable")[:count]
        return [(Term(position, int(token)), float(logprobs[token])) for token in best]

    def expect(self, terms: Sequence[Term]) -> None:
        """Announces the terms of later objectives, the next first."""
        self._head_gradients.expect(terms)

    def to_numpy(self, array: Array) -> NumpyArray:
        """Returns an array of the backend as a NumPy array."""
        numpy: NumpyArray = keras.ops.convert_to_numpy(array)
        return numpy

    def _top_for(self, terms: Sequence[Term]) -> "_Top":
        """Returns the top for terms in order, that of an earlier objective if it has their rows."""
        top = self._last_top
        if top is None or top.first >= terms[0].position:
            top = self._run_top(terms, cache=True)
            self._last_top = top if self._cached else None
        return top

    def _run_top(self, terms: Sequence[Term], *, cache: bool = False) -> "_Top":
        """Returns the last hidden states that the terms need, with or without a cached graph.

        They include all rows that follow: the rotary embeddings of some models, such as Phi-3,
        depend on the length of the sequence.
        """
        if self._top is None:
            return _Top(0, self._below_top[0], ())
        tokens = self._below_top.shape[1]
        first = min(term.position for term in terms)
        rows = min(tokens, self._runtime.padded_rows(tokens - first + 1))
        context = (_tensor(np.arange(tokens - rows, tokens)[None]),)
        caches = cache and self._cached > 0
        hidden, step = self._forward(self._top, self._below_top, context, caches=caches)
        return _Top(tokens - rows, hidden[0], (step,))

    def _logprob_gradients(
        self,
        top: "_Top",
        positions: Int64[NumpyArray, " rows"],
        tokens: Int64[NumpyArray, " rows"],
    ) -> Float32[NumpyArray, "rows hidden"]:
        """Returns d logprob / d hidden[position - 1] for tokens at positions."""
        rows = self._runtime.logprob_gradients(
            self._network.head, top.rows(positions - 1), _tensor(tokens)
        )
        return self.to_numpy(keras.ops.cast(rows, "float32"))

    def _backward(
        self,
        weights: Float32[NumpyArray, "objectives terms"],
        top: "_Top",
        vjps: Sequence[VJP],
        positions: Int[NumpyArray, " terms"],
        rows: Float32[NumpyArray, "terms hidden"],
    ) -> Array:
        """Returns the gradients of some objectives in one batched backward pass."""
        seeds = np.zeros((len(weights), 1, *top.hidden.shape), np.float32)
        for k, row in enumerate(positions - 1 - top.first):  # Terms may share a position.
            seeds[:, 0, row] += weights[:, k, None] * rows[k]
        gradients = keras.ops.convert_to_tensor(seeds, dtype=_dtype(top.hidden))
        for vjp in reversed(vjps):
            gradients = vjp(gradients)
        return keras.ops.cast(gradients[:, 0, : len(self._ids)], "float32")


class _CachedVJP:
    """The vector-Jacobian product of a segment, whose graph is computed on first use."""

    def __init__(self, runtime: Runtime, segment: Segment, x: Array, context: Context) -> None:
        self._forward = functools.partial(runtime.forward_with_vjp, segment, x, context)
        self._vjp: VJP | None = None

    def __call__(self, seeds: Array) -> Array:
        if self._vjp is None:
            _, self._vjp = self._forward()
        return self._vjp(seeds)


class _Step(NamedTuple):
    """The vector-Jacobian products of a segment.

    Attributes:
        exact: its own.
        linearized: that of the linearized network.
    """

    exact: VJP
    linearized: VJP


@dataclasses.dataclass(frozen=True)
class _Top:
    """The last hidden states of the rows at the end of the sequence.

    Attributes:
        first: the position of the first row.
        hidden: the states, [rows, dim].
        steps: the vector-Jacobian products from them to the states below the top.
    """

    first: int
    hidden: Array
    steps: tuple[_Step, ...]

    def rows(self, positions: Int64[NumpyArray, " terms"]) -> Float[Array, "terms dim"]:
        """Returns the states at some positions of the sequence."""
        return keras.ops.take(self.hidden, _tensor(positions - self.first), axis=0)


def _at(intercept: LayerInterceptFn, number: int, x: Array) -> Array:
    return intercept(x, number)


def _context(ids: Int[NumpyArray, " tokens"], length: int) -> Context:
    padding = (0, length - len(ids))
    mask = np.pad(np.ones_like(ids), padding)
    return _tensor(np.pad(ids, padding)[None]), _tensor(mask[None])


def _tensor(array: NumpyArray) -> Array:
    return keras.ops.convert_to_tensor(array, dtype="int32")


def _dtype(x: Array) -> str:
    name: str = keras.backend.standardize_dtype(x.dtype)
    return name


def _plain(array: Array) -> Array:
    """Returns an array in float32, of NumPy if the backend's tensors lack the methods of arrays."""
    array = keras.ops.cast(array, "float32")
    if keras.config.backend() == "tensorflow":
        return keras.ops.convert_to_numpy(array)
    return array
