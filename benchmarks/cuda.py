"""Models of real sizes on a GPU: time, memory and share of the floor, next to LIT's wrapper.

    python -m benchmarks.cuda --tokens 1024,4096,16384,32768

Shapes of Gemma 2B, Gemma 2 2B, Llama 3 8B and Mistral 7B with random weights in bfloat16. Each
contender runs in its own process; a contender that runs out of memory has "out of memory" in its
row. Without a GPU, small shapes run on the CPU, as a smoke test.
"""

import argparse
import multiprocessing
from functools import partial
from typing import Any, Final

import torch

from benchmarks import measure, shapes
from benchmarks.floor import matmul_rate

TARGET: Final = 20
TOOLS: Final = ("seqsal", "lit 1.3.1")


def main() -> None:
    """Prints a table and writes it as JSON."""
    on_gpu = torch.cuda.is_available()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", default="1024,4096,16384,32768" if on_gpu else "256,512")
    parser.add_argument("--shapes", default=",".join(shapes.REAL if on_gpu else ["small"]))
    parser.add_argument("--tools", default=",".join(TOOLS))
    arguments = parser.parse_args()
    rate = matmul_rate(8192 if on_gpu else 1024, torch.bfloat16 if on_gpu else torch.float32)
    rows = []
    for shape in arguments.shapes.split(","):
        for tool in arguments.tools.split(","):
            rows += _rows(shape, tool, [int(n) for n in arguments.tokens.split(",")], rate)
            measure.write("cuda", rows)  # Partial results, in case the next contender is killed.
    heads = ["shape", "tokens", "tool", "first", "second", "peak above weights", "of the floor"]
    print(measure.table(heads, [_cells(row) for row in rows]))


def _cells(row: dict[str, Any]) -> list[str]:
    place = [row["shape"], str(row["tokens"]), row["tool"]]
    if "error" in row:
        return [*place, row["error"], "", "", ""]
    return [
        *place,
        f"{row['first_s']:.3f} s",
        f"{row['second_s']:.3f} s",
        f"{row['peak_gb']:.2f} GB",
        f"{row['share']:.0%}",
    ]


def _rows(shape: str, tool: str, lengths: list[int], rate: float) -> list[dict[str, Any]]:
    """Returns a row for each length, from one process, shortest first."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(shape, tool, lengths, theirs))
    process.start()
    theirs.close()  # If the process dies, the wait below ends.
    rows = []
    for tokens in lengths:
        try:
            row = ours.recv()
        except EOFError:
            row = {"error": "the process died"}
        if "weights" in row:
            row["share"] = 4 * row.pop("weights") * tokens / row["first_s"] / rate
        rows.append({"shape": shape, "tool": tool, "tokens": tokens, **row})
        if "error" in row:
            break  # A longer sequence does not fit either.
    process.terminate()
    return rows


def _work(shape: str, tool: str, lengths: list[int], pipe: Any) -> None:
    from benchmarks import contenders

    model = shapes.on_device(shape)
    vocabulary = model.config.vocab_size
    explain = contenders.ALL[tool](model, shapes.word_tokenizer(vocabulary))
    layers = model.get_decoder().layers
    weights = sum(parameter.numel() for parameter in layers.parameters())

    def select(tokens: int, seed: int) -> tuple[float, float]:
        text = shapes.text_of(tokens, vocabulary, seed=seed)
        mask = [0.0] * (tokens - TARGET) + [1.0] * TARGET
        other = [*mask[: -TARGET // 2], *[0.0] * (TARGET // 2)]

        def run(chosen: list[float]) -> None:
            explain(text, chosen)
            if torch.cuda.is_available():
                torch.cuda.synchronize()

        first, second = (measure.seconds(partial(run, chosen)) for chosen in (mask, other))
        return first, second

    select(64, 0)
    for tokens in lengths:
        try:
            with _DevicePeak() as peak:
                times = [select(tokens, seed) for seed in (1, 2, 3)]
        except (torch.OutOfMemoryError, ValueError) as error:
            pipe.send({"error": f"out of memory ({str(error)[:60]} ...)"})
            return
        first, second = (min(column) for column in zip(*times, strict=True))
        pipe.send(
            {"first_s": first, "second_s": second, "peak_gb": peak.extra / 1e9, "weights": weights}
        )


class _DevicePeak:
    """The peak of GPU memory above the initial value; on a CPU, that of the process."""

    def __enter__(self) -> "_DevicePeak":
        self._host = None if torch.cuda.is_available() else measure.Peak().__enter__()
        if self._host is None:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
            self._before = torch.cuda.memory_allocated()
        return self

    def __exit__(self, *_: object) -> None:
        if self._host is not None:
            self._host.__exit__()
            self.extra = self._host.extra
        else:
            self.extra = torch.cuda.max_memory_allocated() - self._before


if __name__ == "__main__":
    main()
