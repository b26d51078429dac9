"""How time and memory grow with the prompt, with cached and with recomputed layers.

    python -m benchmarks.growth --tokens 1024,2048,4096,8192,16384
    python -m benchmarks.growth --tokens 1024,32000 --layers recomputed --method linearized

Every figure is from a process of its own: the seconds of a first selection, and the peak of the
process's memory above what it held with the model loaded and warm. Next to them is what
`seqsal estimate` predicts. The run fails where memory with recomputed layers grows faster than
the tokens.
"""

import argparse
import multiprocessing
import tempfile
from typing import Any, Final

from benchmarks import measure, shapes

TARGET: Final = 20
_SLACK: Final = 1.15
"""What an allocator may add to the growth of memory."""


def main() -> None:
    """Prints a table and writes it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", default="1024,2048,4096,8192,16384")
    parser.add_argument("--layers", default="cached,recomputed", help="what becomes of graphs")
    parser.add_argument("--method", default="grad_l2")
    options = parser.parse_args()
    lengths = [int(n) for n in options.tokens.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        shapes.gemma_like().save_pretrained(folder)
        rows = [
            _row(folder, tokens, layers, options.method)
            for layers in options.layers.split(",")
            for tokens in lengths
        ]
    measure.write("growth", rows)
    heads = ["layers", "tokens", "first selection", "estimated", "extra memory", "estimated "]
    print(measure.table(heads, [_cells(row) for row in rows]))
    if again := [row for row in rows if row["layers"] == "recomputed"]:
        _check([(row["tokens"], row["extra_mb"]) for row in again])


def _cells(row: dict[str, Any]) -> list[str]:
    return [
        row["layers"],
        str(row["tokens"]),
        f"{row['seconds']:.2f} s",
        f"{row['estimated_s']:.2f} s",
        f"{row['extra_mb']:.0f} MB",
        f"{row['estimated_mb']:.0f} MB",
    ]


def _check(points: list[tuple[int, float]]) -> None:
    (tokens, memory), *longer = points
    for more, held in longer:
        if held / memory > _SLACK * more / tokens:
            raise RuntimeError(f"Memory grows faster than tokens: {points}.")


_WAYS: Final = {"cached": "off", "recomputed": "on"}
"""The values of --gradient_checkpointing."""


def _row(folder: str, tokens: int, layers: str, method: str) -> dict[str, Any]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(folder, tokens, _WAYS[layers], method, theirs))
    process.start()
    theirs.close()  # So that a process that dies ends the wait below.
    row: dict[str, Any] = ours.recv()
    process.join()
    return {"layers": layers, "tokens": tokens, **row}


def _work(folder: str, tokens: int, way: str, method: str, pipe: Any) -> None:
    import transformers

    from seqsal.attribution.engine import Engine
    from seqsal.models.objective import Objective
    from seqsal.models.transformers import HFCausalLM
    from seqsal.models.transformers.estimate import estimate

    estimated = estimate(folder, tokens)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    lm = HFCausalLM(model, shapes.word_tokenizer(100), gradient_checkpointing=way)

    def select(length: int) -> None:
        ids = tuple(2 + i % 90 for i in range(length))
        objective = Objective.of_tokens(ids, range(length - TARGET, length))
        Engine(lm).scores(ids, [objective], [method])

    select(64)
    with measure.Peak() as peak:
        seconds = measure.seconds(lambda: select(tokens))
    passes = estimated.forward_seconds * (2 if way == "on" else 1) + estimated.backward_seconds
    graph = estimated.checkpointed_bytes if way == "on" else estimated.graph_bytes
    pipe.send(
        {
            "seconds": seconds,
            "extra_mb": peak.extra / 1e6,
            "estimated_s": passes,
            "estimated_mb": (graph + estimated.head_bytes) / 1e6,
        }
    )


if __name__ == "__main__":
    main()
