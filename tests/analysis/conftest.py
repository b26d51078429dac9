"""A tiny model and records for it."""

import json
import pathlib
from collections.abc import Callable
from typing import Any

import pytest

import seqsal
from seqsal.models.transformers import HFCausalLM

Analyze = Callable[..., seqsal.Analysis]

TASTES = ("Cheese", "Eggs", "The lazy dog", "A fox", "Not eggs")


def records(count: int = 11, *, target: bool = False) -> list[dict[str, Any]]:
    """Returns records of one template, of different lengths."""
    return [
        {
            "prompt": f"Taste-likes: {TASTES[i % 5]}{' and cheese' * (i % 3)}\nDish: {i}\nGood?",
            "number": i,
            "kind": "odd" if i % 2 else "even",
            **({"target": f" A savoury tart {i}.\nRecommendation: Avoid."} if target else {}),
        }
        for i in range(count)
    ]


def rows_of(analysis: seqsal.Analysis, name: str) -> list[dict[str, Any]]:
    """Returns the rows of a table, which can be compared."""
    table = analysis.table(name)
    return json.loads(table.to_json(orient="records", double_precision=15))  # type: ignore[no-any-return]


@pytest.fixture
def analyze(lm: HFCausalLM, tmp_path: pathlib.Path) -> Analyze:
    """Analyzes records with the tiny model into a new folder."""

    def run(datasets: Any = None, out: str = "out", **settings: Any) -> seqsal.Analysis:
        chosen = {"methods": ["grad_l2"], "max_new_tokens": 7, "batch_size": 3, **settings}
        data = {"data": records()} if datasets is None else datasets
        models = chosen.pop("models", {"tiny": lm})
        return seqsal.analyze(models, data, tmp_path / out, progress=False, **chosen)

    return run
