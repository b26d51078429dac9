"""First and second selection on a sequence, against LIT's own wrapper.

    python -m benchmarks.selections --tokens 512,1024,2048

Every contender runs in a process of its own, on the same random weights. The scores must agree
before any figure is printed. "extra" is the peak of the process's memory above what it held
with the model loaded and warm.
"""

import argparse
import json
import multiprocessing
import pathlib
import platform
import threading
import time
from typing import Any

import numpy as np
import psutil

TARGET = 20
REPEATS = 3


def main() -> None:
    """Prints a table and writes it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", default="512,1024,2048")
    parser.add_argument("--json", type=pathlib.Path, default=pathlib.Path("build/selections.json"))
    arguments = parser.parse_args()
    rows = [row for n in arguments.tokens.split(",") for row in compare(int(n))]
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1))
    print("| tokens | tool | first selection | second selection | extra memory |")
    print("| --- | --- | --- | --- | --- |")
    for row in rows:
        print(
            f"| {row['tokens']} | {row['tool']} | {row['first_s']:.2f} s"
            f" | {row['second_s']:.2f} s | {row['extra_mb']:.0f} MB |"
        )


def compare(tokens: int) -> list[dict[str, Any]]:
    """Returns a row for each contender at one length.

    Raises:
        RuntimeError: their scores differ.
    """
    rows, scores = [], {}
    context = multiprocessing.get_context("spawn")
    for tool in ("seqsal", "lit 1.3.1"):
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(tool, tokens, theirs))
        process.start()
        theirs.close()  # So that a contender that dies ends the wait below.
        row, scores[tool] = ours.recv()
        process.join()
        rows.append({"tokens": tokens, "tool": tool, **row})
    ours_scores, lit_scores = scores.values()
    # LIT takes the embeddings after Gemma's scaling by sqrt(hidden size); ours are before.
    ratio = ours_scores[:-TARGET] / lit_scores[:-TARGET]
    if not np.allclose(ratio, ratio.mean(), rtol=1e-3):
        raise RuntimeError(f"The scores differ: ratios from {ratio.min()} to {ratio.max()}.")
    return rows


def _work(tool: str, tokens: int, pipe: Any) -> None:
    from benchmarks import contenders, shapes

    model = shapes.gemma_like()
    vocabulary = model.config.vocab_size
    explain = contenders.ALL[tool](model, shapes.word_tokenizer(vocabulary))
    mask = [0.0] * (tokens - TARGET) + [1.0] * TARGET
    other = [*mask[: -TARGET // 2], *[0.0] * (TARGET // 2)]
    explain(shapes.text_of(64, vocabulary), [0.0] * 44 + [1.0] * 20)
    first, second = [], []
    with _Peak() as peak:
        for seed in range(REPEATS):
            text = shapes.text_of(tokens, vocabulary, seed=seed)
            first.append(_seconds(lambda text=text: explain(text, mask)))
            second.append(_seconds(lambda text=text: explain(text, other)))
    scores = explain(shapes.text_of(tokens, vocabulary, seed=0), mask)
    row = {"first_s": min(first), "second_s": min(second), "extra_mb": peak.extra / 1e6}
    pipe.send((row, scores))


def _seconds(run: Any) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


class _Peak:
    """Samples the memory of this process while it is entered."""

    def __enter__(self) -> "_Peak":
        self._process, self._done = psutil.Process(), threading.Event()
        self._before = self._most = self._process.memory_info().rss
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self.extra = self._most - self._before

    def _sample(self) -> None:
        while not self._done.wait(0.005):
            self._most = max(self._most, self._process.memory_info().rss)


def machine() -> dict[str, Any]:
    """Returns what the figures were measured on."""
    import torch
    import transformers

    return {
        "cpu": platform.processor() or platform.machine(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }


if __name__ == "__main__":
    main()
