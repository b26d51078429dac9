"""Variants of a sequence without some of its tokens; what they share runs once."""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import torch
import transformers
from jaxtyping import Float32, Int
from torch import Tensor

from seqsal.models.arrays import NumpyArray
from seqsal.models.capabilities import Ranges, kept_positions
from seqsal.models.head_gradients import batches
from seqsal.models.limits import DoesNotFitError, no_room_for_removals
from seqsal.models.objective import Term
from seqsal.models.pytorch import free_bytes, is_out_of_memory, target_logprobs
from seqsal.models.transformers._accelerate import preallocated_cache
from seqsal.models.transformers.network import Network

_MAX_TOKENS: Final = {"cpu": 256}
"""Tokens of a batch of variants, by type of device. A CPU is busy with a few; with more, a batch
recomputes more of the shared part than it saves."""
_MAX_TOKENS_ELSEWHERE: Final = 16_384
_MAX_SHARE_REPEATED: Final = 0.1
"""The largest share of a batch's tokens that are padding, or that variants could have shared."""


class Variants:
    """Runs variants of one sequence, with a cache of keys and values of the whole sequence."""

    def __init__(self, network: Network, ids: Sequence[int], *, shares_prefix: bool) -> None:
        """Runs nothing yet.

        Args:
            network: the model.
            ids: the whole sequence.
            shares_prefix: whether hidden states of a prefix do not depend on what follows it.
        """
        self._network, self._ids, self._shares_prefix = network, tuple(ids), shares_prefix
        self._cache: transformers.DynamicCache | None = None
        self._cached = 0
        self._last: _Last | None = None

    def logprobs(
        self, removals: Sequence[Ranges], terms: Sequence[Term]
    ) -> list[Float32[NumpyArray, " terms"]]:
        """Returns the log-probabilities of terms for each variant.

        Args:
            removals: the tokens that each variant lacks; none holds a term's token.
            terms: with positions in the whole sequence.

        Raises:
            DoesNotFitError: memory ran out, even for one variant at a time.
        """
        end = max(term.position for term in terms)
        kept = [kept_positions(ranges, end) for ranges in removals]
        found: dict[int, NumpyArray] = {}
        try:
            with torch.no_grad():
                members_of = list(self._batches(kept))
                of_several = [self._shared(kept[m[0]]) for m in members_of if len(m) > 1]
                for members in members_of:
                    if len(members) > 1:
                        # At once: a CPU needs almost as long for 40 tokens as for twice as many.
                        self._extend_cache(max(of_several))
                    found.update(zip(members, self._run_batch(kept, members, terms), strict=True))
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            self._cache, self._cached, self._last = None, 0, None
            free = free_bytes(self._network.device)
            raise DoesNotFitError(no_room_for_removals(len(self._ids), free)) from None
        return [found[i] for i in range(len(removals))]

    def _batches(self, kept: Sequence[Sequence[int]]) -> Iterator[list[int]]:
        """Yields the variants that run together: those that leave the sequence near each other."""
        limit = _MAX_TOKENS.get(self._network.device.type, _MAX_TOKENS_ELSEWHERE)
        batch: list[int] = []
        # Those that leave it at the same token and then have most in common follow each other.
        for i in sorted(range(len(kept)), key=lambda i: (self._shared(kept[i]), kept[i])):
            members = [*batch, i]
            shared = self._shared(kept[members[0]])
            total = len(members) * (max(len(kept[m]) for m in members) - shared)
            needed = sum(len(kept[m]) - self._shared(kept[m]) for m in members)
            if batch and (total > limit or total - needed > total * _MAX_SHARE_REPEATED):
                yield batch
                members = [i]
            batch = members
        if batch:
            yield batch

    def _shared(self, kept: Sequence[int]) -> int:
        """Returns how many tokens of a variant have the same states as in the whole sequence.

        At least the last token of the variant runs.
        """
        if not self._shares_prefix:
            return 0
        same = next((i for i, position in enumerate(kept) if i != position), len(kept))
        return max(0, min(same, len(kept) - 1))

    def _run_batch(
        self, kept: Sequence[Sequence[int]], members: Sequence[int], terms: Sequence[Term]
    ) -> list[Float32[NumpyArray, " terms"]]:
        first = min(term.position for term in terms)
        # The token before the first term runs too: its hidden state is needed.
        before = [int(np.searchsorted(kept[m], first)) - 1 for m in members]
        shared = min(min(self._shared(kept[m]), b) for m, b in zip(members, before, strict=True))
        if len(members) == 1:
            (member,) = members
            shared, hidden = self._run_one(kept[member], shared, before[0])
        else:
            hidden = self._run(self._padded(kept, members, shared), shared)
        results = []
        for row, member in zip(hidden, members, strict=True):
            places = np.searchsorted(kept[member], [term.position for term in terms])
            rows = row[torch.as_tensor(places - 1 - shared, device=row.device)]
            results.append(self._of_rows(rows, terms))
        return results

    def _padded(
        self, kept: Sequence[Sequence[int]], members: Sequence[int], shared: int
    ) -> Int[Tensor, "members longest"]:
        """Returns the tokens of variants after those that they share."""
        longest = max(len(kept[m]) for m in members) - shared
        ids = torch.zeros(len(members), longest, dtype=torch.long)
        for row, member in zip(ids, members, strict=True):
            suffix = [self._ids[position] for position in kept[member][shared:]]
            row[: len(suffix)] = torch.tensor(suffix)  # What follows is padding: never attended to.
        return ids.to(self._network.device)

    def _run_one(self, kept: Sequence[int], shared: int, before: int) -> tuple[int, Tensor]:
        """Returns how many tokens of a variant did not run, and the hidden states of the others.

        What it begins with like the whole sequence is cached afterwards.

        Args:
            kept: the positions of its tokens.
            shared: how many of them are the first of the sequence.
            before: the first that has to run.
        """
        if not self._shares_prefix:
            return 0, self._run(self._padded([kept], [0], 0), 0)
        start = min(shared, self._cached)
        in_common = 0 if self._last is None else min(_in_common(self._last.kept, kept), before)
        if self._last is not None and in_common > start:
            cache, start = self._last.cache, in_common
            if more := len(self._last.kept) - in_common:
                cache.crop(-more)
        else:
            cache = self._prefix(start, 1)
        self._last = None  # Until it is whole again.
        hidden = self._network.states(self._padded([kept], [0], start), cache)
        preallocated_cache.apply(cache)
        self._last = _Last(kept, cache)
        if shared > self._cached:
            self._cache, self._cached = _first_tokens(cache, shared, 1), shared
        return start, hidden

    def _of_rows(self, rows: Tensor, terms: Sequence[Term]) -> Float32[NumpyArray, " terms"]:
        parts, start = [], 0
        for _, tokens in batches(terms):
            logits = self._network.head(rows[start : start + len(tokens)]).float()
            start += len(tokens)
            parts.append(target_logprobs(logits, torch.as_tensor(tokens, device=logits.device)))
        numpy: NumpyArray = torch.cat(parts).cpu().numpy()
        return numpy

    def _run(self, ids: Tensor, shared: int) -> Tensor:
        """Returns the last hidden states of tokens that follow a prefix of the sequence."""
        return self._network.states(ids, self._prefix(shared, len(ids)) if shared else None)

    def _prefix(self, shared: int, rows: int) -> transformers.DynamicCache:
        """Returns a cache with the keys and values of the first tokens of the sequence."""
        if not shared:
            return transformers.DynamicCache()
        self._extend_cache(shared)
        assert self._cache is not None
        return _first_tokens(self._cache, shared, rows)

    def _extend_cache(self, end: int) -> None:
        """Makes the cache hold the keys and values of the first tokens of the sequence."""
        if end <= self._cached:
            return
        if self._cache is None:
            self._cache = transformers.DynamicCache()
        ids = torch.tensor([self._ids[self._cached : end]], device=self._network.device)
        self._network.states(ids, self._cache)
        preallocated_cache.apply(self._cache)
        self._cached = end


@dataclasses.dataclass
class _Last:
    """The last variant that ran alone.

    Attributes:
        kept: the positions of its tokens in the sequence.
        cache: their keys and values.
    """

    kept: Sequence[int]
    cache: transformers.DynamicCache


def _first_tokens(
    cache: transformers.DynamicCache, tokens: int, rows: int
) -> transformers.DynamicCache:
    """Returns a cache with a copy of the keys and values of the first tokens, for some rows."""
    first = transformers.DynamicCache()
    for i, layer in enumerate(cache.layers):
        keys, values = (
            states[:, :, :tokens].expand(rows, -1, -1, -1) for states in (layer.keys, layer.values)
        )
        first.update(keys, values, i)
    preallocated_cache.apply(first)
    return first


def _in_common(one: Sequence[int], other: Sequence[int]) -> int:
    """Returns how many tokens two variants begin with in common.

    >>> _in_common([0, 1, 4, 5], [0, 1, 4, 6, 7])
    3
    """
    pairs = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _ in pairs)
