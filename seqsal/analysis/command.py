"""`seqsal analyze`: attributes the answers to many prompts from the command line."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from seqsal.analysis.report.page import check_target
from seqsal.options import Options

if TYPE_CHECKING:
    import pandas as pd

    from seqsal.analysis.analysis import Analysis

_OTHER_OPTIONS: Final = ("batch_size", "num_samples")
"""Options of a model that have another meaning here, or none."""
_SHOWN: Final = 20
"""Rows of a table that are printed."""


def main(arguments: Sequence[str]) -> int | str:
    """Runs the command line; returns an exit status, or an error message."""
    flags = vars(_parser().parse_args(arguments))
    split, verify, report = flags.pop("split"), flags.pop("verify"), flags.pop("report")
    try:
        if report is not None:
            check_target(report)
        if verify and flags["removals"] == "none":
            raise ValueError("--verify needs measured effects. Add --removals=labels.")
        from seqsal.analysis.run import analyze  # Deferred: the framework takes seconds to import.

        analysis = analyze(**flags)
        _print_summary(analysis, split)
        if flags["removals"] != "none":
            _print_unused(analysis, verify=verify)
        if report is not None:
            analysis.to_html(report, split=split)
            print(f"\nThe report is {report}. Open it in a browser.")
    except BrokenPipeError:  # For example `seqsal analyze ... | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, ImportError) as error:
        return f"seqsal: {error}"
    except KeyboardInterrupt:
        return (
            f"seqsal: stopped. What is written in {flags['out']} stays; the same command goes on."
        )
    return 0


def report_main(arguments: Sequence[str]) -> int | str:
    """Runs `seqsal report`; returns an exit status, or an error message."""
    parser = argparse.ArgumentParser(
        prog="seqsal report",
        description="Writes what seqsal analyze found to one page that needs no server: tables,"
        " plots, the template as a heatmap, and the records behind each label.",
    )
    add = parser.add_argument
    add("folder", help="The folder of the run, as in --out.", metavar="FOLDER")
    add("file", help="The page to write.", metavar="FILE")
    add(
        "--split",
        help="Also shows labels by outcome: target, pattern:EXPRESSION or column:NAME.",
        metavar="RULE",
    )
    add(
        "--versus",
        help="The folder of another run: also shows the difference from it.",
        metavar="FOLDER",
    )
    add("--pair", help="The column of the data that says which records are the same.")
    add(
        "--max_records",
        type=int,
        default=2000,
        help="How many records of each model and data set can be opened: an even spread over the"
        " data, or with --versus those that differ most.",
    )
    flags = vars(parser.parse_args(arguments))
    folder, file, versus = (flags.pop(name) for name in ("folder", "file", "versus"))
    from seqsal.analysis.analysis import Analysis

    try:
        other = None if versus is None else Analysis(versus)
        Analysis(folder).to_html(file, versus=other, **flags)
    except (ValueError, ImportError) as error:
        return f"seqsal: {error}"
    print(f"The report is {file}. Open it in a browser.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="seqsal analyze",
        description="Shows what the answers to a whole data set depend on: answers each prompt,"
        " explains a part of each answer, writes tables to a folder and prints them by label."
        " docs/analysis.md describes it. The same command again continues a run where it stopped.",
    )
    add = parser.add_argument
    add("--models", required=True, type=_list, help=_doc("models"), metavar="PATH,...")
    add(
        "--datasets",
        required=True,
        type=_list,
        help="Prompts: path or name:path of .jsonl or .txt files, or sample_prompts, chat_prompts"
        " or published_prompts.",
        metavar="PATH,...",
    )
    add("--out", required=True, help="The folder for the tables.", metavar="FOLDER")
    add(
        "--select",
        default="answer",
        help="What is explained of each answer: answer, last_sentence, or a regular expression:"
        " its group 1, or all of its first match.",
        metavar="RULE",
    )
    add(
        "--labels",
        default="lines",
        help="What makes parts of different prompts comparable: lines (the text before a line's"
        " first colon), roles (messages and documents), template:FILE (a text with {placeholders})"
        " or pattern:EXPRESSION (with named groups).",
        metavar="RULE",
    )
    add(
        "--methods",
        type=_list,
        help="Attribution methods, such as linearized,grad_l2. Unset: all that need only a backward"
        " pass.",
        metavar="NAME,...",
    )
    add(
        "--granularity",
        default="sentences",
        help="Segments: words, sentences, lines, paragraphs, messages, a regular expression, or"
        " labels, for the labelled parts.",
    )
    add(
        "--removals",
        default="none",
        choices=("none", "labels", "segments"),
        help="What is removed from the prompt to measure effects: labels, or each segment, too.",
    )
    add(
        "--answers",
        default="auto",
        choices=("auto", "generate"),
        help="auto: the target of a record if it has one; generate: always the model's answer.",
    )
    add("--batch_size", type=int, default=32, help="How many answers to generate at a time.")
    add("--limit", type=int, help="How many records of each data set. Unset: all.")
    add(
        "--tokens",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="Keeps the tokens of each record and their scores, so that a report can open it. It is"
        " the largest table.",
    )
    add(
        "--ray",
        help="Runs on a Ray cluster: auto, for the one that this machine is part of, or host:port."
        " Needs the extra ray.",
        metavar="ADDRESS",
    )
    add("--ray_actors", type=int, help="How many copies of the model there. Unset: all that fit.")
    add("--ray_cores", type=int, default=1, help="Processor cores of each copy.")
    add(
        "--split",
        help="Prints labels by outcome: target, pattern:EXPRESSION or column:NAME.",
        metavar="RULE",
    )
    add(
        "--verify",
        action="store_true",
        help="Answers all prompts again without the labels whose removal has no effect.",
    )
    add(
        "--report",
        help="Also writes a report: one page with the tables, the plots, and the records behind"
        " each label. seqsal report writes one of an earlier run.",
        metavar="FILE",
    )
    for field, _ in Options().items():
        if field.name == "trust_remote_code" or (
            field.metadata["per_model"] and field.name not in _OTHER_OPTIONS
        ):
            _add_option(parser, field.name, field.default, field.metadata)
    return parser


def _add_option(parser: argparse.ArgumentParser, name: str, default: Any, metadata: Any) -> None:
    """Adds a flag for an option; one that is not given is left to the defaults."""
    shared: dict[str, Any] = {
        "default": argparse.SUPPRESS,
        "help": metadata["doc"].replace("%", "%%"),
    }
    if isinstance(default, bool):
        parser.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, **shared)
        return
    kind: Any = int if default is None else type(default)
    if isinstance(default, tuple):
        kind = _list
    parser.add_argument(f"--{name}", type=kind, choices=metadata["choices"], **shared)


def _doc(name: str) -> str:
    (found,) = (field.metadata["doc"] for field, _ in Options().items() if field.name == name)
    return str(found).replace("%", "%%")


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _print_summary(analysis: "Analysis", split: str | None) -> None:
    records = analysis.table("records", ["segments", "unlabelled", "ambiguous"])
    errors = analysis.table("errors")
    print(f"{len(records)} records in {analysis.folder}, {len(errors)} errors.")
    for _, error in errors.head(5).iterrows():
        print(f"  {error['dataset']}, line {error['line']} ({error['stage']}): {error['message']}")
    if len(errors) > 5:
        print(f"  ... and {len(errors) - 5} more in the table errors.")
    total, unlabelled = records["segments"].sum(), records["unlabelled"].sum()
    print(f"{unlabelled} of {total} segments have no label.")
    if ambiguous := records["ambiguous"].sum():
        print(
            f"The template fits {ambiguous} records in several ways; each fixed part was found as"
            " early as possible."
        )
    table = analysis.labels(split=split)
    groups = [name for name in ("model", "dataset", "method", "outcome") if name in table]
    for key, rows in table.groupby(groups, sort=False):
        print(f"\n{', '.join(key)}")
        _print(
            rows.assign(
                share=_with_interval(rows, "share"),
                top3=[_percent(value) for value in rows["top3"]],
                even_share=[_percent(value) for value in rows["even_share"]],
            )[["label", "records", "share", "even_share", "top3"]].rename(
                columns={"even_share": "even share", "top3": "in top 3"}
            )
        )


def _print_unused(analysis: "Analysis", *, verify: bool) -> None:
    unused = analysis.unused_labels()
    if unused.empty:
        print("\nRemoving any label has an effect.")
        return
    print("\nCandidates to delete: removing them has an effect around zero, in nats")
    _print(unused[["model", "dataset", "label", "effect", "effect_low", "effect_high"]].round(4))
    for (model, dataset), rows in unused.groupby(["model", "dataset"]) if verify else ():
        labels = rows["label"].tolist()
        part = analysis.where(model=model, dataset=dataset)
        again = part.verify(labels)
        known = again.dropna(subset=["changed"])
        print(
            f"\n{model}, {dataset}: without {', '.join(labels)}, {int(known['changed'].sum())} of"
            f" {len(known)} answers changed; the explained part of"
            f" {int(known['selection_changed'].sum())} changed."
        )


def _with_interval(rows: "pd.DataFrame", name: str) -> list[str]:
    return [
        f"{_percent(value)} ({_percent(low)} to {_percent(high)})"
        for value, low, high in rows[[name, f"{name}_low", f"{name}_high"]].to_numpy(float)
    ]


def _percent(value: float) -> str:
    return "" if value != value else f"{value:.1%}"


def _print(rows: "pd.DataFrame") -> None:
    print(rows.head(_SHOWN).to_string(index=False))
    if len(rows) > _SHOWN:
        print(f"... and {len(rows) - _SHOWN} more.")
