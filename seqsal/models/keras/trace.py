"""`Trace` on Keras: one forward pass, kept segment by segment.

A segment's way back is either kept (a tape, a graph, a vjp closure), or it is the segment run
again from its input, where keeping would take too much memory. The head runs only on the rows
that a selection asks for; and since each log-probability depends on one row of hidden states,
one backward pass through the head serves every target.
"""

import dataclasses
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import keras
import numpy as np
from jaxtyping import Float, Float32, Int

from seqsal.models.arrays import Array, NumpyArray
from seqsal.models.causal_lm import LayerInterceptFn
from seqsal.models.head_rows import rows_to_run
from seqsal.models.keras.costs import Costs
from seqsal.models.keras.network import Network
from seqsal.models.keras.runtime.base import Context, Pull, Runtime
from seqsal.models.objective import Objective, Term, as_arrays, weight_matrix

_HEAD_ROWS: Final = 128
"""Rows of logits made at a time: with a vocabulary of 256k, 128 MB in float32."""
_BYTES_FOR_TARGETS: Final = 256 * 2**20
"""Memory for the targets of one batched backward pass."""


class KerasTrace:
    """One forward pass of a Keras model."""

    def __init__(
        self,
        network: Network,
        runtime: Runtime,
        ids: Sequence[int],
        *,
        costs: Costs,
        kept: int,
        intercept: LayerInterceptFn | None = None,
    ) -> None:
        """Runs the forward pass.

        Args:
            network: the model.
            runtime: runs it.
            ids: the sequence of token ids.
            costs: what a sequence costs in memory.
            kept: of how many segments, from the last, the graph is kept; others run again.
            intercept: sees and may change the embeddings and the output of each layer.
        """
        self._network, self._runtime, self._ids = network, runtime, np.asarray(ids)
        self._costs, self._kept = costs, kept
        length = len(ids) if intercept else runtime.padded_length(len(ids))
        context = _context(self._ids, min(length, network.max_tokens or length))
        self._rows = network.table_rows(context[0])
        self._pulls: list[Pull] = []
        self._top = network.top_rows if intercept is None else None
        self._below_top = self._run(context, intercept)
        self._last_top: _Top | None = None
        self._slope_of: dict[Term, Float[NumpyArray, " hidden"]] = {}
        self._expected: Sequence[Term] = ()

    def _run(self, context: Context, intercept: LayerInterceptFn | None) -> Array:
        """Returns the hidden states below the top, or the last ones where the top is not apart."""
        x, segments = self._rows, self._network.segments
        for number, segment in enumerate(segments[:-2] if self._top else segments):
            if intercept is not None and number < len(self._network.segments):
                x, pull = self._runtime.through(functools.partial(_at, intercept, number), x)
                self._pulls.append(pull)
            if number >= len(self._network.segments) - self._kept:
                y, pull = self._runtime.keep(segment, x, context)
            else:
                y = self._runtime.forward(segment, x, context)
                pull = functools.partial(self._runtime.rerun, segment, x, context)
            self._pulls.append(pull)
            x = y
        return x

    @property
    def embeddings(self) -> Float32[Array, "tokens dim"]:
        """The token embeddings, before the model scales them or adds positions."""
        return _plain(self._rows[0, : len(self._ids)])

    @property
    def nbytes(self) -> int:
        """About the bytes that are kept beyond the model's weights."""
        return self._costs.held(len(self._ids), self._kept)

    def logprobs(self, terms: Sequence[Term]) -> Float32[Array, " terms"]:
        """Returns the log-probability of each term."""
        with self._network.queue:
            top = self._run_top(terms)
            return _plain(
                keras.ops.concatenate(list(self._head(self._runtime.logprobs, top, terms)))
            )

    def gradients(self, objectives: Sequence[Objective]) -> Float32[Array, "objectives tokens dim"]:
        """Returns d objective / d embeddings for each objective."""
        terms, weights = weight_matrix(objectives)
        if not terms:
            shape = len(objectives), len(self._ids), self._rows.shape[-1]
            return np.zeros(shape, np.float32)
        with self._network.queue:
            top = self._kept_top(terms)
            slopes = self._slopes(top, terms)
            positions, _ = as_arrays(terms)
            at_once = max(1, _BYTES_FOR_TARGETS // max(1, self._costs.target(len(self._ids))))
            parts = [
                self._backward(weights[start : start + at_once], top, positions, slopes)
                for start in range(0, len(weights), at_once)
            ]
            gradients = keras.ops.concatenate(parts)
            # A causal model can not see what follows; attention may leave rounding there.
            ends = np.array([[objective.end] for objective in objectives])
            seen = keras.ops.convert_to_tensor(np.arange(len(self._ids)) < ends)
            return _plain(keras.ops.where(seen[..., None], gradients, 0.0))

    def expect(self, terms: Sequence[Term]) -> None:
        """Announces the terms of later objectives, the next first."""
        self._expected = terms

    def to_numpy(self, array: Array) -> NumpyArray:
        """Returns an array of the backend as a NumPy array."""
        numpy: NumpyArray = keras.ops.convert_to_numpy(array)
        return numpy

    def _kept_top(self, terms: Sequence[Term]) -> "_Top":
        """Returns the top for some terms in order, from an earlier objective where it can."""
        top = self._last_top
        if top is None or top.first >= terms[0].position:
            top = self._run_top(terms, keep=True)
            self._last_top = top if self._kept else None
        return top

    def _run_top(self, terms: Sequence[Term], *, keep: bool = False) -> "_Top":
        """Returns the last hidden states that some terms need, and the way back, kept or not.

        All rows that follow are among them: the positions of some models, such as Phi-3's, depend
        on how long the sequence is.
        """
        if self._top is None:
            return _Top(0, self._below_top[0], ())
        tokens = self._below_top.shape[1]
        first = min(term.position for term in terms)
        rows = min(tokens, self._runtime.padded_rows(tokens - first + 1))
        context = (_tensor(np.arange(tokens - rows, tokens)[None]),)
        arguments = (self._top, self._below_top, context)
        if keep and self._kept:
            hidden, pull = self._runtime.keep(*arguments)
        else:
            hidden = self._runtime.forward(*arguments)
            pull = functools.partial(self._runtime.rerun, *arguments)
        return _Top(tokens - rows, hidden[0], (pull,))

    def _slopes(self, top: "_Top", terms: Sequence[Term]) -> Float32[NumpyArray, "terms hidden"]:
        """Returns d logprob / d hidden[position - 1] for each term, and caches it."""
        within = [term for term in self._expected if term.position > top.first]
        if new := rows_to_run(terms, within, self._slope_of):
            parts = list(self._head(self._runtime.slopes, top, new))
            slopes = keras.ops.cast(keras.ops.concatenate(parts), "float32")
            self._slope_of.update(zip(new, keras.ops.convert_to_numpy(slopes), strict=True))
        return np.stack([self._slope_of[term] for term in terms])

    def _head(
        self, function: Callable[..., Array], top: "_Top", terms: Sequence[Term]
    ) -> Iterator[Array]:
        """Yields what a function of the head gives for a number of terms at a time."""
        for start in range(0, len(terms), _HEAD_ROWS):
            positions, tokens = as_arrays(terms[start : start + _HEAD_ROWS])
            hidden = keras.ops.take(top.hidden, _tensor(positions - 1 - top.first), axis=0)
            yield function(self._network.head, hidden, _tensor(tokens))

    def _backward(
        self,
        weights: Float32[NumpyArray, "objectives terms"],
        top: "_Top",
        positions: Int[NumpyArray, " terms"],
        slopes: Float32[NumpyArray, "terms hidden"],
    ) -> Array:
        """Returns the gradients of some objectives by one batched backward pass."""
        seeds = np.zeros((len(weights), 1, *top.hidden.shape), np.float32)
        for k, row in enumerate(positions - 1 - top.first):  # Terms may share a position.
            seeds[:, 0, row] += weights[:, k, None] * slopes[k]
        gradients = keras.ops.convert_to_tensor(seeds, dtype=_dtype(top.hidden))
        for pull in reversed([*self._pulls, *top.pulls]):
            gradients = pull(gradients)
        return keras.ops.cast(gradients[:, 0, : len(self._ids)], "float32")


@dataclasses.dataclass(frozen=True)
class _Top:
    """The last hidden states of the rows at the end.

    Attributes:
        first: the position of the first of them.
        hidden: the states, [rows, dim].
        pulls: the way back from them, where that of the whole sequence does not begin there.
    """

    first: int
    hidden: Array
    pulls: tuple[Pull, ...]


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
    """Returns an array in float32 that has the methods of arrays; TensorFlow's has not."""
    array = keras.ops.cast(array, "float32")
    if keras.config.backend() == "tensorflow":
        return keras.ops.convert_to_numpy(array)
    return array
