"""Integrated gradients with several points in a batch, against one point at a time.

    python -m benchmarks.integrated
    python -m benchmarks.integrated --keras tensorflow --models embedded:small

The 16 points of the default, from a zero baseline, for a selection of 8 tokens at the end of texts
of several lengths. The two ways take turns in one process; the figures are medians over the rounds,
and of the ratios of each round. With one thread they are seconds of the processor, which other work
disturbs less. What a backend compiles it has compiled before. The run fails if the gradients differ
by more than 1e-5 of the largest.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import torch

MODELS: Final = ("smollm2", "embedded:small")
LENGTHS: Final = (32, 64, 128, 256, 512)
STEPS: Final = 16
TARGET: Final = 8
_TEXT: Final = "The ferry to the island leaves at nine in the morning from the second pier. " * 64


def main() -> None:
    """Prints a table and writes it as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--lengths", nargs="+", type=int, default=list(LENGTHS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--keras", choices=["", "tensorflow", "torch", "jax"], default="", help="the backend"
    )
    arguments = parser.parse_args()
    from benchmarks import measure

    torch.set_num_threads(arguments.threads)
    rows = [
        row
        for model in arguments.models
        for row in compare(model, arguments.lengths, arguments.rounds, arguments.keras)
    ]
    measure.write("integrated" + f"-{arguments.keras}" * bool(arguments.keras), rows)
    heads = ["model", "tokens", "points in a batch", "one at a time", "in batches", "faster by"]
    print(measure.table(heads, [_cells(row) for row in rows]))


def _cells(row: dict[str, Any]) -> list[str]:
    seconds = [f"{row[name]:.2f} s" for name in ("single_s", "batch_s")]
    return [
        row["model"],
        str(row["tokens"]),
        str(row["batch"]),
        *seconds,
        f"{row['ratio']:.2f}x ({row['worst']:.2f} to {row['best']:.2f})",
    ]


def compare(name: str, lengths: list[int], rounds: int, keras_backend: str) -> list[dict[str, Any]]:
    """Returns a row for each length.

    Args:
        name: of a model.
        lengths: in tokens.
        rounds: turns of each way.
        keras_backend: the backend of Keras; empty for Transformers.

    Raises:
        RuntimeError: the gradients differ.
    """
    from seqsal.models import capabilities
    from seqsal.models.objective import Objective

    lm, points_at_once = _load(name, keras_backend)
    rule: Any = np.polynomial.legendre.leggauss
    places, _ = rule(STEPS)
    points = [float(place + 1) / 2 for place in places]
    baseline = np.zeros_like(lm.embed([0])[0])
    rows = []
    for tokens in lengths:
        ids = lm.encode(_TEXT).ids[:tokens]
        objectives = [Objective.of_tokens(ids, range(tokens - TARGET, tokens))]

        def single(ids: Any = ids, objectives: Any = objectives) -> Any:
            return [
                capabilities.gradients_at_point(lm, ids, point, baseline, objectives)
                for point in points
            ]

        def batch(ids: Any = ids, objectives: Any = objectives) -> Any:
            return list(lm.path_gradients(ids, points, baseline, objectives))

        _check(batch(), single())
        times = [(_seconds(single), _seconds(batch)) for _ in range(rounds)]
        ratios = sorted(one / other for one, other in times)
        rows.append(
            {
                "model": name,
                "tokens": tokens,
                "batch": min(STEPS, points_at_once(tokens)),
                "single_s": statistics.median(one for one, _ in times),
                "batch_s": statistics.median(other for _, other in times),
                "ratio": statistics.median(ratios),
                "worst": ratios[0],
                "best": ratios[-1],
            }
        )
    return rows


def _load(name: str, keras_backend: str) -> tuple[Any, Callable[[int], int]]:
    """Returns a model, and how many points of a sequence it runs together."""
    from benchmarks.faithfulness.models import Model

    model = Model.load(name)
    if keras_backend:
        os.environ["KERAS_BACKEND"] = keras_backend
        from seqsal.models import keras as keras_adapter
        from seqsal.models.keras import path_gradients as keras_paths

        lm = keras_adapter.load(model.folder, runtime=keras_backend, precision="float32")
        return lm, lambda tokens: keras_paths.points_at_once(tokens, 1, lm._runtime, lm._costs)
    from seqsal.models.transformers import path_gradients

    memory, device = model.lm._memory, model.lm._network.device
    return model.lm, lambda tokens: path_gradients.points_at_once(tokens, memory, device)


def _seconds(run: Callable[[], Any]) -> float:
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    start = clock()
    run()
    return clock() - start


def _check(found: Any, expected: Any) -> None:
    for one, other in zip(found, expected, strict=True):
        error = np.abs(one - other).max() / np.abs(other).max()
        if error > 1e-5:
            raise RuntimeError(f"The gradients differ by {error:.2g} of the largest.")


if __name__ == "__main__":
    main()
