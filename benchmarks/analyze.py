"""Measures `seqsal.analyze` against a plain loop over `seqsal.explain`, in the same run.

    python -m benchmarks.analyze --model small --count 500
    python -m benchmarks.analyze --model smollm2 --count 100
    python -m benchmarks.analyze --model small --count 500 --ray

The records are of one template: three fixed examples of a restaurant's guests and a new guest for
the embedded model; an instruction, a fixed example and a question about twelve new sentences for
SmolLM2. Both ways answer each prompt and explain the whole answer by the same method. The loop does
what a person would write; it and the analysis take turns on blocks of records, so that a busy
machine slows both down. Times are of the processor on a CPU, and of the clock on a GPU. The memory
is that of the process after each block.

With --ray it measures runs on a Ray cluster on this machine, with one actor of one core and with
two; times are of the clock, from the first part that is written to the last.
"""

import argparse
import json
import pathlib
import random
import tempfile
import time
from collections.abc import Iterator
from typing import Any, Final

import psutil
import torch

import seqsal
from benchmarks import measure, real_models
from benchmarks.faithfulness.tasks import TASKS
from training.corpus import restaurant
from training.corpus.cases import CONFLICT, MATCH
from training.corpus.phrases import OPEN_HEADING

_BLOCK: Final = 64
METHODS: Final = ("linearized",)


def restaurant_prompts() -> Iterator[str]:
    """Yields few-shot prompts with the same examples and another guest at the end."""
    rng = random.Random("analyze")

    def draw() -> str:
        kinds = [CONFLICT, MATCH, MATCH, rng.choice([CONFLICT, MATCH])]
        return restaurant.record(rng, kinds=kinds, plain=True).prompt_text

    examples = draw().partition(OPEN_HEADING)[0]
    while True:
        yield examples + OPEN_HEADING + draw().partition(OPEN_HEADING)[2]


def question_prompts() -> Iterator[str]:
    """Yields questions about twelve sentences after a fixed example, as messages."""
    layout = TASKS["facts-12"].plain
    for group in TASKS["facts-12"].groups(seed=0):
        candidate = group[0]
        yield "user:\n" + layout.around("".join(candidate.parts), candidate.request)


def compare(model: str, prompts: list[str], options: dict[str, Any]) -> dict[str, Any]:
    """Returns the records per second of both ways, and the largest difference of a share."""
    clock = time.perf_counter if torch.cuda.is_available() else time.process_time
    seconds = {"loop": 0.0, "analyze": 0.0}
    memory, same, worst = [], 0, 0.0
    seqsal.explain(model, prompts[0], methods=METHODS, progress=False, **options)
    with tempfile.TemporaryDirectory() as folder:
        for start in range(0, len(prompts), _BLOCK):
            block = prompts[start : start + _BLOCK]
            # With another seed, or the explainer would know the answers of the other way.
            began = clock()
            looped = [
                seqsal.explain(model, prompt, methods=METHODS, progress=False, seed=1, **options)
                for prompt in block
            ]
            seconds["loop"] += clock() - began
            began = clock()
            analysis = seqsal.analyze(
                model,
                {"prompts": [{"prompt": prompt} for prompt in block]},
                pathlib.Path(folder) / str(start),
                methods=METHODS,
                progress=False,
                seed=2,
                **options,
            )
            seconds["analyze"] += clock() - began
            memory.append(psutil.Process().memory_info().rss / 1e6)
            answers = analysis.table("records")["answer"].tolist()
            same += sum(
                answer == result.target for answer, result in zip(answers, looped, strict=True)
            )
            worst = max(worst, _largest_difference(analysis, looped, answers))
    return {
        "records": len(prompts),
        **{f"{name}_per_second": len(prompts) / value for name, value in seconds.items()},
        "times": seconds["loop"] / seconds["analyze"],
        "same_answers": same,
        "largest_relative_difference": worst,
        "memory_mb": memory,
    }


def compare_ray(model: str, prompts: list[str], options: dict[str, Any]) -> dict[str, Any]:
    """Returns the records per second with one actor of one core and with two."""
    import ray

    rates = {}
    data = {"prompts": [{"prompt": prompt} for prompt in prompts]}
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        for actors in (1, 2):
            with tempfile.TemporaryDirectory() as folder:
                analysis = seqsal.analyze(
                    model,
                    data,
                    folder,
                    methods=METHODS,
                    batch_size=4,
                    ray="auto",
                    ray_actors=actors,
                    progress=False,
                    **options,
                )
                parts = sorted(
                    path.stat().st_mtime for path in (analysis.folder / "records").glob("*.parquet")
                )
            # The actors load the model before their first parts.
            rates[actors] = 16 * (len(parts) - actors) / (parts[-1] - parts[actors - 1])
    finally:
        ray.shutdown()
    return {
        "records": len(prompts),
        **{f"actors_{actors}_per_second": rate for actors, rate in rates.items()},
        "times": rates[2] / rates[1],
    }


def _largest_difference(
    analysis: seqsal.Analysis, looped: list[seqsal.Result], answers: list[str]
) -> float:
    """Returns the largest difference of a score, relative to the largest score of its record."""
    worst = 0.0
    segments = analysis.table("segments", ["record", "start", "end", "score"])
    for number, result in enumerate(looped):
        if answers[number] != result.target:
            continue
        rows = segments[segments["record"] == number]
        found = {
            (a, b): score for a, b, score in rows[["start", "end", "score"]].to_numpy().tolist()
        }
        expected = {each.chars: each.score for each in result.segments()}
        largest = max(map(abs, found.values()))
        worst = max(
            worst, *(abs(score - expected[place]) / largest for place, score in found.items())
        )
    return worst


def main() -> None:
    """Parses the flags, measures, and prints the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="small", choices=("small", "tiny", "smollm2"))
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--ray", action="store_true", help="one actor against two, on Ray")
    flags = parser.parse_args()
    real = flags.model == "smollm2"
    prompts = question_prompts() if real else restaurant_prompts()
    path = str(real_models.folder("smollm2")) if real else f"embedded:{flags.model}"
    options = {"max_new_tokens": 32 if real else 128, "device": flags.device}
    measured = compare_ray if flags.ray else compare
    found = measured(path, [next(prompts) for _ in range(flags.count)], options)
    print(json.dumps({"model": flags.model, **found, **measure.machine()}, indent=1))


if __name__ == "__main__":
    main()
