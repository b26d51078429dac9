"""Measures `seqsal.analyze` against a plain loop over `seqsal.explain`, in the same run.

    python -m benchmarks.analyze --model small --count 500
    python -m benchmarks.analyze --model smollm2 --count 100
    python -m benchmarks.analyze --model small --count 64 --peers .venv-peers/bin/python
    python -m benchmarks.analyze --model small --memory 2000
    python -m benchmarks.analyze --model small --count 500 --ray

The records are of one template: three fixed examples of a restaurant's guests and a new guest for
the embedded model; an instruction, a fixed example and a question about twelve new sentences for
SmolLM2. Both ways answer each prompt and explain the whole answer by the same method. The loop does
what a person would write; it and the analysis take turns on blocks of records, so that a busy
machine slows both down. Times are of the processor on a CPU, and of the clock on a GPU. The memory
is that of the process after each block. `times` is the median over the blocks, and `times_total`
is that of all records.

With --peers, Inseq takes its turn after them (benchmarks/analyze_peer.py): the same weights, the
same prompts, greedy answers of the same length, and input x gradient of each token of the answer.
It does as many records of each block as --peer_count says.

With --memory, one run over so many records reports the memory of the process after each part, and
fails if it grows by more than a tenth after record 500.

With --ray it measures runs on a Ray cluster on this machine, with one actor of one core and with
two, in turns; times are of the clock, from the first part that is written to the last.
"""

import argparse
import contextlib
import itertools
import json
import pathlib
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from typing import Any, Final

import pandas as pd
import psutil
import torch

import seqsal
from benchmarks import measure, real_models
from benchmarks.analyze_peer import Inseq
from benchmarks.faithfulness.tasks import TASKS
from seqsal.models import embedded
from training.corpus import restaurant
from training.corpus.cases import CONFLICT, MATCH
from training.corpus.phrases import OPEN_HEADING

_BLOCK: Final = 64
_SETTLED: Final = 500
"""Records after which the memory of a run no longer grows."""
_MAX_GROWTH: Final = 0.1
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


def compare(
    model: str, prompts: list[str], options: dict[str, Any], peer: Inseq | None, peer_count: int
) -> dict[str, Any]:
    """Returns the records per second of all ways, and the largest difference of a score."""
    clock = time.perf_counter if torch.cuda.is_available() else time.process_time
    blocks = list[dict[str, float]]()
    memory, same, worst, peer_same = [], 0, 0.0, 0
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
            seconds = {"loop": clock() - began}
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
            seconds["analyze"] = clock() - began
            seconds = {name: value / len(block) for name, value in seconds.items()}
            memory.append(psutil.Process().memory_info().rss / 1e6)
            answers = analysis.table("records")["answer"].tolist()
            same += sum(
                answer == result.target for answer, result in zip(answers, looped, strict=True)
            )
            worst = max(worst, _largest_difference(analysis, looped, answers))
            if peer is not None:
                taken, found = peer.run([_prompt_ids(each) for each in looped[:peer_count]])
                seconds["inseq"] = taken / len(found)
                peer_same += sum(map(str.__eq__, found, answers))
            blocks.append(seconds)
    return {
        "records": len(prompts),
        **{f"{name}_per_second": 1 / _median(blocks, name) for name in blocks[0]},
        "times": statistics.median(each["loop"] / each["analyze"] for each in blocks),
        "times_total": sum(x["loop"] for x in blocks) / sum(x["analyze"] for x in blocks),
        **_peer_rows(blocks, min(peer_count, _BLOCK), peer_same),
        "same_answers": same,
        "largest_relative_difference": worst,
        "memory_mb": memory,
    }


def _peer_rows(blocks: list[dict[str, float]], count: int, same: int) -> dict[str, Any]:
    if "inseq" not in blocks[0]:
        return {}
    return {
        "inseq_records_per_block": count,
        "inseq_same_answers": same,
        "times_inseq": statistics.median(each["inseq"] / each["analyze"] for each in blocks),
    }


def _median(blocks: list[dict[str, float]], name: str) -> float:
    return statistics.median(each[name] for each in blocks)


def _prompt_ids(result: seqsal.Result) -> list[int]:
    """Returns the tokens of the prompt of a result."""
    answered = sum(each is not None for each in result.logprobs)
    return list(result.token_ids[: len(result.token_ids) - answered])


def memory(model: str, prompts: list[str], options: dict[str, Any]) -> dict[str, Any]:
    """Returns the memory of this process after each part of one run.

    Raises:
        SystemExit: it grows by more than a tenth after record 500.
    """
    process, done, found = psutil.Process(), threading.Event(), dict[int, float]()
    with tempfile.TemporaryDirectory() as folder:

        def sample() -> None:
            parts = pathlib.Path(folder) / "records"
            while not done.wait(0.01):
                count = len(list(parts.glob("*.parquet")))
                if count and count not in found:
                    found[count] = process.memory_info().rss / 1e6

        thread = threading.Thread(target=sample)
        thread.start()
        try:
            analysis = seqsal.analyze(
                model,
                {"prompts": [{"prompt": prompt} for prompt in prompts]},
                folder,
                methods=METHODS,
                progress=False,
                **options,
            )
            sizes = [
                len(pd.read_parquet(path, columns=["record"]))
                for path in sorted((analysis.folder / "records").glob("*.parquet"))
            ]
        finally:
            done.set()
            thread.join()
    records = {sum(sizes[:count]): value for count, value in sorted(found.items())}
    settled = [value for count, value in records.items() if count >= _SETTLED]
    growth = settled[-1] / settled[0] - 1
    rows = {"records": len(prompts), "memory_mb": records, "growth_after_500": growth}
    if growth > _MAX_GROWTH:
        raise SystemExit(f"The memory grows by more than {_MAX_GROWTH:.0%}: {json.dumps(rows)}")
    return rows


def compare_ray(
    model: str, prompts: list[str], options: dict[str, Any], rounds: int
) -> dict[str, Any]:
    """Returns the records per second with one actor of one core and with two, and their ratio.

    The two take turns, and each round gives one ratio: a machine whose speed changes between the
    rounds changes both sides of it.
    """
    import ray

    found = list[dict[int, float]]()
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        for number in range(rounds):
            order = (1, 2) if number % 2 else (2, 1)
            found.append({actors: _ray_rate(model, prompts, options, actors) for actors in order})
    finally:
        ray.shutdown()
    times = [rates[2] / rates[1] for rates in found]
    return {
        "records": len(prompts),
        **{
            f"actors_{actors}_per_second": statistics.median(rates[actors] for rates in found)
            for actors in (1, 2)
        },
        "times": statistics.median(times),
        "times_by_round": times,
    }


def _ray_rate(model: str, prompts: list[str], options: dict[str, Any], actors: int) -> float:
    """Returns the records per second of one run, without the time in which the model is loaded."""
    with tempfile.TemporaryDirectory() as folder:
        analysis = seqsal.analyze(
            model,
            {"prompts": [{"prompt": prompt} for prompt in prompts]},
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
    return 16 * (len(parts) - actors) / (parts[-1] - parts[actors - 1])


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
    parser.add_argument("--rounds", type=int, default=4, help="turns of each with --ray")
    parser.add_argument("--peers", help="the peers' Python, to compare with Inseq")
    parser.add_argument("--peer_count", type=int, default=8, help="records of a block for Inseq")
    parser.add_argument("--memory", type=int, help="records of a run whose memory is measured")
    flags = parser.parse_args()
    real = flags.model == "smollm2"
    source = question_prompts() if real else restaurant_prompts()
    path = str(real_models.folder("smollm2")) if real else f"embedded:{flags.model}"
    options = {"max_new_tokens": 32 if real else 128, "device": flags.device}
    prompts = list(itertools.islice(source, flags.memory or flags.count))
    if flags.memory:
        found = memory(path, prompts, options)
    elif flags.ray:
        found = compare_ray(path, prompts, options, flags.rounds)
    else:
        folder = path if real else str(embedded.path(flags.model))
        with contextlib.ExitStack() as stack:
            peer = None
            if flags.peers:
                peer = stack.enter_context(Inseq(flags.peers, folder, options["max_new_tokens"]))
            found = compare(path, prompts, options, peer, flags.peer_count)
    print(json.dumps({"model": flags.model, **found, **measure.machine()}, indent=1))


if __name__ == "__main__":
    main()
