"""Batches of token ids and loss weights."""

from __future__ import annotations

import bisect
import itertools
import random
from collections.abc import Iterator, Sequence

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from training import corpus
from training import tokenizer as tokenizers
from training.corpus.cases import CONFLICT, MATCH, draw_case, draw_setting
from training.corpus.record import COPIED, Record
from training.corpus.wording import analysis


def token_weights(record: Record, offsets: Sequence[tuple[int, int]]) -> list[float]:
    """Returns the loss weight of each token: the weight of the piece in which it starts.

    Args:
        record: the text in pieces.
        offsets: the range of characters of each token.
    """
    ends = list(itertools.accumulate(len(piece.text) for piece in record.pieces))
    return [record.pieces[bisect.bisect_right(ends, start)].weight for start, _ in offsets]


def example(record: Record, tokenizer: Tokenizer) -> tuple[list[int], list[float]]:
    """Returns the ids of a record, with start and end tokens, and their loss weights."""
    encoding = tokenizer.encode(record.text, add_special_tokens=False)
    weights = token_weights(record, encoding.offsets)
    return [tokenizers.BOS_ID, *encoding.ids, tokenizers.EOS_ID], [0.0, *weights, COPIED]


def batches(seed: str, tokenizer: Tokenizer, batch_tokens: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yields ids and loss weights, each "records tokens", of records of about equal length.

    Args:
        seed: of the text and of the order of the batches.
        tokenizer: makes the ids.
        batch_tokens: the most tokens of a batch, padding included.
    """
    text, rng = corpus.records(seed), random.Random(seed)
    while True:
        pool = [example(r, tokenizer) for r in itertools.islice(text, 512)]
        pool.sort(key=lambda pair: len(pair[0]))
        groups: list[list[tuple[list[int], list[float]]]] = [[]]
        for pair in pool:
            if len(pair[0]) * (len(groups[-1]) + 1) > batch_tokens:
                groups.append([])
            groups[-1].append(pair)
        rng.shuffle(groups)
        yield from (_padded(group) for group in groups if group)


def _padded(group: Sequence[tuple[list[int], list[float]]]) -> tuple[Tensor, Tensor]:
    ids = [torch.tensor(i) for i, _ in group]
    weights = [torch.tensor(w) for _, w in group]
    pad = nn.utils.rnn.pad_sequence
    return pad(ids, batch_first=True), pad(weights, batch_first=True)


def echoes(seed: str, vocab: int, batch_tokens: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yields ids and loss weights of repeated random strings, each "rows tokens".

    A row repeats a few short random strings in random order. The only way to lower this loss is to
    find the last occurrence of the current token and to predict the token after it. A model that
    has learned this can copy phrases that it has never seen.

    Args:
        seed: the seed of the strings.
        vocab: the size of the vocabulary; special tokens are not used.
        batch_tokens: the maximum number of tokens of a batch.
    """
    rng, length = random.Random(seed), 160
    while True:
        rows = [_echo(rng, vocab, length) for _ in range(batch_tokens // length)]
        ids, weights = zip(*rows, strict=True)
        yield torch.tensor(ids), torch.tensor(weights)


def _echo(rng: random.Random, vocab: int, length: int) -> tuple[list[int], list[float]]:
    draw = range(tokenizers.EOS_ID + 1, vocab)
    strings = [rng.sample(draw, rng.randint(3, 12)) for _ in range(rng.randint(2, 5))]
    ids, weights, said = [tokenizers.BOS_ID], [0.0], set[int]()
    while len(ids) < length:
        which = rng.randrange(len(strings))
        ids += strings[which]
        # The next string is random, so its first token has no weight.
        weights += [0.0, *[float(which in said)] * (len(strings[which]) - 1)]
        said.add(which)
    return ids[:length], weights[:length]


def choices(seed: str, tokenizer: Tokenizer, batch_tokens: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yields ids and loss weights of analyses, each followed by the random string of its kind.

    A row draws one string for conflicts and one for matches. The only way to lower this loss is to
    find the last analysis of the same kind, in any wording, and to predict the string after it.

    Args:
        seed: the seed of the analyses and the strings.
        tokenizer: encodes the analyses.
        batch_tokens: the maximum number of tokens of a batch.
    """
    rng, length = random.Random(seed), 256
    heading = _ids(tokenizer, "\nRecommendation:")
    said = {kind: [_said(rng, tokenizer, kind) for _ in range(1000)] for kind in (CONFLICT, MATCH)}
    while True:
        rows = [
            _choices(rng, said, heading, tokenizer.get_vocab_size(), length)
            for _ in range(batch_tokens // length)
        ]
        ids, weights = zip(*rows, strict=True)
        yield torch.tensor(ids), torch.tensor(weights)


def _said(rng: random.Random, tokenizer: Tokenizer, kind: str) -> list[int]:
    case = draw_case(rng, kind, None, draw_setting(rng), set())
    return _ids(tokenizer, f"\n\nAnalysis: {analysis(rng, case, brief=rng.random() < 0.7)}")


def _choices(
    rng: random.Random,
    said: dict[str, list[list[int]]],
    heading: list[int],
    vocab: int,
    length: int,
) -> tuple[list[int], list[float]]:
    draw = range(tokenizers.EOS_ID + 1, vocab)
    strings = {kind: rng.sample(draw, rng.randint(1, 4)) for kind in said}
    ids, weights, seen = [tokenizers.BOS_ID], [0.0], set[str]()
    while len(ids) < length:
        kind = rng.choice(list(said))
        before, string = rng.choice(said[kind]) + heading, strings[kind]
        ids += before + string
        counts = float(kind in seen)
        weights += [0.0] * len(before) + [counts] + [counts / 5] * (len(string) - 1)
        seen.add(kind)
    return ids[:length], weights[:length]


def _ids(tokenizer: Tokenizer, text: str) -> list[int]:
    ids: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
    return ids
