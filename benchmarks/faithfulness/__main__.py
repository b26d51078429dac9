"""How faithful are salience maps? Known causes, random masks and removals on small real models.

    python -m benchmarks.faithfulness --models smollm2 --tasks facts-12,facts-48
    python -m benchmarks.faithfulness --quick

Items, scores and log-probabilities are kept in JSON lines under --out, so that a run that was
stopped continues where it was, and a further method costs its own passes only. --report prints the
tables of what is there, and measures nothing. --peers names the Python of an environment with
benchmarks/peers.txt, for the methods of other tools.
"""

import argparse
import dataclasses
import importlib
import json
import pathlib
import sys
from typing import Any, Final

from benchmarks import measure
from benchmarks.faithfulness import evaluate, metrics, peers, published, report, select
from benchmarks.faithfulness.contenders import Contender, contenders, method_scores
from benchmarks.faithfulness.items import Item
from benchmarks.faithfulness.models import MODELS, Model
from benchmarks.faithfulness.removals import Removals
from benchmarks.faithfulness.tasks import TASKS

PUBLISHED: Final = "published"
_QUICK: Final = {
    "models": "smollm2",
    "tasks": "facts-12,facts-48",
    "items": 6,
    "lds_items": 3,
    "tokens": 6_000,
    "max_tokens": 6_000,
}


def main() -> None:
    """Prints the tables, and writes them as Markdown and JSON."""
    options = _options()
    folder = pathlib.Path(options.out)
    results = []
    for name in options.models.split(","):
        model = Model.load(name)
        for task in options.tasks.split(","):
            result = run(model, task, options, folder / name.replace(":", "-") / task)
            results.append(result)
            if not options.only_items:
                _write(folder, results)
    if not options.only_items:
        print(report.markdown(results))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--models", default=",".join(MODELS))
    add("--tasks", default=",".join([*TASKS, PUBLISHED]))
    add("--items", type=int, default=50, help="items of a task")
    add("--lds_items", type=int, default=20, help="items that the costly measures take")
    add("--drop_items", type=int, default=1000, help="items whose strongest parts are removed")
    add("--masks", type=int, default=64, help="random masks of the LDS")
    add("--methods", default="", help="names of rows; all of them if empty")
    add("--tokens", type=int, default=50_000, help="most tokens of a method on each item")
    add("--max_tokens", type=int, default=200_000, help="the same on the first --lds_items items")
    add("--seed", type=int, default=0)
    add("--out", default=str(measure.FOLDER / "faithfulness"))
    add("--peers", default="", help="the Python of the peers' environment; none if empty")
    add("--peer_items", type=int, default=10, help="items that the peers' methods take")
    add("--plugin", default="", help="a module whose contenders(model) are further rows")
    add("--only_items", action="store_true", help="choose the items and end")
    add("--report", action="store_true", help="print what was measured before, and end")
    add("--quick", action="store_true", help=f"short for {_QUICK}")
    quick = "--quick" in sys.argv
    parser.set_defaults(**(_QUICK if quick else {}))
    return parser.parse_args()


def run(
    model: Model, task: str, options: argparse.Namespace, folder: pathlib.Path
) -> dict[str, Any]:
    """Returns the measures of all contenders on one task with one model.

    Args:
        model: who answers.
        task: a key of `TASKS`, or published.
        options: the command line's.
        folder: where rows are kept.

    Raises:
        ValueError: there is no such task or method.
    """
    items, counts = _items(model, task, options, folder)
    print(f"{model.name}, {task}: {counts}", file=sys.stderr, flush=True)
    about = {"model": model.name, "task": task, "seed": options.seed, "yield": counts}
    if options.only_items or not items:
        return about | {"rows": []}
    chosen = _chosen(model, options)
    names = {contender.name: contender.version for contender in chosen}
    scores = evaluate.ScoreFile(folder / "scores.jsonl")
    if not options.report:
        method_scores(model, items[0], "grad_l2")  # The first pass of a process takes longer.
    removals = Removals(model, folder / "removals.jsonl")
    if options.report:
        names |= dict.fromkeys(peers.METHODS, peers.VERSION)
    elif options.peers and items[0].explained is None:  # Other tools explain whole answers.
        names |= peers.run(
            model,
            items[: options.peer_items],
            scores.file,
            options.peers,
            _peers(items[0], options),
        )
        scores.reload()
    table: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for number, item in enumerate(items):
        for contender in chosen:
            if not options.report and _has_time(contender, item, number, options):
                scores.compute(model, item, contender)
        for name, row in _measured(item, number, names, scores, removals, options).items():
            table[name].append(row)
        if not options.report:
            print(f"{model.name}, {task}: item {number + 1} of {len(items)}", file=sys.stderr)
    rows = [{"method": name, "means": evaluate.mean(table[name])} for name in names if table[name]]
    return about | {"rows": rows}


def _items(
    model: Model, task: str, options: argparse.Namespace, folder: pathlib.Path
) -> tuple[list[Item], dict[str, int]]:
    file = folder / f"items-{options.seed}.jsonl"
    if task == PUBLISHED:
        found = published.items(model, file, known_only=options.report)[: options.items]
        return found, {"items": len(found)}
    if task not in TASKS:
        known = ", ".join([*TASKS, PUBLISHED])
        raise ValueError(f"A task must be one of {known}; got {task!r}.")
    found, counts = select.items(
        model, TASKS[task], options.seed, options.items, file, known_only=options.report
    )
    return found, dataclasses.asdict(counts)


def _chosen(model: Model, options: argparse.Namespace) -> list[Contender]:
    """Returns the contenders that were asked for.

    Raises:
        ValueError: there is no such contender.
    """
    known = contenders(model)
    if options.plugin:
        known += importlib.import_module(options.plugin).contenders(model)
    if options.methods:
        wanted = options.methods.split(",")
        names = [*(contender.name for contender in known), *peers.METHODS]
        if unknown := [name for name in wanted if name not in names]:
            raise ValueError(f"A method must be one of {', '.join(names)}; got {unknown[0]!r}.")
        known = [contender for contender in known if contender.name in wanted]
    return known


def _has_time(contender: Contender, item: Item, number: int, options: argparse.Namespace) -> bool:
    """Returns whether a contender scores an item: a costly one takes the first few items only."""
    tokens = contender.passes(len(item.parts)) * len(item.ids)
    few = number < options.lds_items
    return bool(tokens <= (options.max_tokens if few else options.tokens))


def _peers(item: Item, options: argparse.Namespace) -> list[str]:
    """Returns the peers' methods that were asked for and have the time."""
    wanted = options.methods.split(",") if options.methods else list(peers.METHODS)
    return [
        name
        for name, (_, passes) in peers.METHODS.items()
        if name in wanted
        and passes(len(item.parts), len(item.answer)) * len(item.ids) <= options.max_tokens
    ]


def _measured(
    item: Item,
    number: int,
    names: dict[str, int],
    scores: evaluate.ScoreFile,
    removals: Removals,
    options: argparse.Namespace,
) -> dict[str, dict[str, float]]:
    """Returns the measures of each contender that has scored an item."""
    scored = {name: scores.get(item, name, version) for name, version in names.items()}
    found = {name: each for name, each in scored.items() if each is not None}
    choices: list[Any] = []
    if number < options.lds_items:
        choices.append(metrics.masks(len(item.parts), options.masks, [options.seed, number]))
    if number < options.drop_items or item.cause is None:
        choices.append(None)
    for drawn in choices:
        variants = evaluate.variants(item, list(found.values()), drawn)
        if not options.report or removals.has(item, variants):
            removals.logprobs(item, variants)  # All at once, in large batches.
            return {
                name: evaluate.measures(item, each, removals, drawn) for name, each in found.items()
            }
    if item.cause is None:
        return {}
    return {name: evaluate.places(item.cause, each) for name, each in found.items()}


def _write(folder: pathlib.Path, results: list[dict[str, Any]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    whole = {"machine": measure.machine(), "results": results}
    (folder.parent / f"{folder.name}.json").write_text(json.dumps(whole, indent=1) + "\n")
    (folder.parent / f"{folder.name}.md").write_text(report.markdown(results))


if __name__ == "__main__":
    main()
