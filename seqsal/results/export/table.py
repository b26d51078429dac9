"""A result as a pandas table."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from seqsal.results.scored_text import ScoredText


def table(result: ScoredText, granularity: str, *, aggregation: str, match: str) -> pd.DataFrame:
    """Returns one row per segment; `Result.to_pandas` describes arguments and columns.

    Raises:
        ValueError: as in `ScoredText.segments`.
    """
    by_method = {
        method: result.segments(granularity, method=method, aggregation=aggregation, match=match)
        for method in result.scores or [result.check_method(None)]
    }
    segments = next(iter(by_method.values()))
    columns: dict[str, Any] = {
        "text": [segment.text for segment in segments],
        "region": [segment.region for segment in segments],
        "start": [segment.chars[0] for segment in segments],
        "end": [segment.chars[1] for segment in segments],
        "first_token": [segment.tokens[0] for segment in segments],
        "num_tokens": [segment.tokens[1] - segment.tokens[0] for segment in segments],
        "selected": [segment.selected for segment in segments],
    }
    if result.messages:
        columns["role"] = [segment.role for segment in segments]
    if result.thinking:
        columns["thinking"] = [segment.thinking for segment in segments]
    for method, scored in by_method.items():
        columns[method] = [segment.score for segment in scored]
    if result.logprobs:
        columns["logprob"] = [_sum(result.logprobs[slice(*s.tokens)]) for s in segments]
    return pd.DataFrame(columns)


def _sum(logprobs: Sequence[float | None]) -> float:
    known = [value for value in logprobs if value is not None]
    return sum(known) if known else math.nan
