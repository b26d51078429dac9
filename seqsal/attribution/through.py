"""Scores passed on through the thinking: what it depends on takes the place of the thinking."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

from seqsal.attribution.method import MethodInfo
from seqsal.attribution.selection import Ranges, TokenSelection
from seqsal.models.arrays import NumpyArray
from seqsal.models.causal_lm import Encoding
from seqsal.models.objective import Objective, Term


@dataclasses.dataclass(frozen=True)
class Through:
    """The thinking whose scores are passed on, and the tokens that get them.

    Attributes:
        thinking: the tokens of the thinking before a selection, as ranges.
        receivers: the tokens of the text before its end that are not thinking, as ranges.
    """

    thinking: Ranges
    receivers: Ranges

    @classmethod
    def before(cls, encoding: Encoding, selection: TokenSelection) -> "Through":
        """Returns the blocks of thinking that end before a selection, and the text before them.

        Special tokens, which have no text, get nothing.

        Raises:
            ValueError: no thinking comes before the selection, or no text before the thinking.
        """
        first = min(selection.positions, default=0)
        blocks = tuple((start, stop) for start, stop in encoding.thinking if stop <= first)
        if not blocks:
            raise ValueError(
                "through_thinking passes on what falls on the thinking before the selection, and"
                " there is none. Select a part of the answer after it, or leave the option out."
            )
        inside = {i for start, stop in blocks for i in range(start, stop)}
        others = (i for i in range(blocks[-1][1]) if i not in inside and not encoding.special[i])
        receivers = TokenSelection(tuple(others)).ranges
        if not receivers:
            raise ValueError(
                "through_thinking passes scores on to the text before the thinking, and there is"
                " none. Leave the option out."
            )
        return cls(blocks, receivers)

    def info_of(self, method: MethodInfo) -> MethodInfo:
        """Returns the description under which scores that are passed on are stored."""
        parts = (self.thinking, self.receivers)
        tokens = ">".join(",".join(f"{a}-{b}" for a, b in part) for part in parts)
        options = ";".join(filter(None, (method.options, f"through={tokens}")))
        return dataclasses.replace(method, options=options)

    def objective(self, ids: Sequence[int], scores: Float32[NumpyArray, " tokens"]) -> Objective:
        """Returns what the thinking stands for: its log-probabilities, weighted by its scores.

        It is sum_t w_t * log p(token t | tokens before), with w_t = s_t / sum_u |s_u| over the
        tokens of the thinking, and without terms if all of these are 0.

        Args:
            ids: the sequence.
            scores: the scores s of the selection.
        """
        weights = scores.astype(np.float64)[_positions(self.thinking)]
        mass = np.abs(weights).sum()
        pairs = zip(
            _positions(self.thinking).tolist(), (weights / (mass or 1)).tolist(), strict=True
        )
        return Objective(
            frozenset((Term(i, ids[i]), float(w)) for i, w in pairs if i > 0 and np.float32(w))
        )

    def passed_on(
        self, scores: Float32[NumpyArray, " tokens"], further: Float32[NumpyArray, " tokens"]
    ) -> Float32[NumpyArray, " tokens"]:
        """Returns the scores of a selection, with those of the thinking passed on.

        See `pass_on`; the other tokens keep their scores.

        Args:
            scores: the scores s of the selection.
            further: the scores r of `objective`, by the same method.
        """
        thinking, receivers = _positions(self.thinking), _positions(self.receivers)
        added = pass_on(scores[thinking], further[receivers])
        if added is None:
            return scores
        found = scores.astype(np.float64)
        found[thinking] = 0
        found[receivers] += added
        return found.astype(np.float32)


def pass_on(
    scores: Float32[NumpyArray, " thinking"], further: Float32[NumpyArray, " receivers"]
) -> NumpyArray | None:
    """Returns what each token before the thinking gets of the scores of the thinking.

    With the scores s_t of the thinking and r_i of the tokens before it, their sums T and R, and
    their masses A = sum_t |s_t| and M = sum_i |r_i|, it is

        a_i = A / M * r_i + (T - A / M * R) * |r_i| / M.

    So the scores r are scaled to the mass A, and what is then missing to the total T is spread in
    proportion to |r_i|. The total of a is T, always. Without signs, a_i = T / R * r_i. With signs,
    that quotient could be huge, or turn all signs around, where R is close to 0 or has another sign
    than T; a has at most the mass 3 A, whatever R is. If M is 0, there is nothing to pass on to:
    the result is None, and the thinking keeps its scores.

    The idea is one hop of the recursive attribution of FlashTrace (Pan et al. 2026,
    https://arxiv.org/abs/2602.01914), which weights the second attribution by the scores of the
    thinking and scales it by the share of the first that falls there. It drops what the second
    attribution finds within the thinking; here the total stays the same.

    >>> pass_on(np.float32([2, 1]), np.float32([1, 3])).tolist()
    [0.75, 2.25]
    >>> pass_on(np.float32([2, 1]), np.float32([1, -1])).tolist()
    [3.0, 0.0]

    Args:
        scores: the scores of the thinking for the selection.
        further: the scores of the tokens before it for the thinking.
    """
    s, r = scores.astype(np.float64), further.astype(np.float64)
    mass, further_mass = np.abs(s).sum(), np.abs(r).sum()
    if not further_mass:
        return None
    scale = mass / further_mass
    added: NumpyArray = scale * r + (s.sum() - scale * r.sum()) * np.abs(r) / further_mass
    return added


def _positions(ranges: Ranges) -> NumpyArray:
    return np.concatenate([np.arange(start, stop) for start, stop in ranges])
