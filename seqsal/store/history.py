"""`seqsal history`: what the store keeps, listed, exported and deleted."""

import argparse
import contextlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import IO, Any, Final

import sqlalchemy as sa

from seqsal.store import answers, faults, place, rows, schema
from seqsal.store.database import Database

_KINDS: Final = {"p": schema.prompts, "a": schema.answers}
_AT_ONCE: Final = 500


def main(words: Sequence[str]) -> int | str:
    """Does what the words of the command line say; returns an exit status, or a message."""
    chosen = _parser().parse_args(words)
    try:
        database = _existing(chosen.data_dir)
        if database is None:
            print("Nothing is kept there yet.", file=sys.stderr)
            return 0
        with contextlib.closing(database):
            if chosen.clear or chosen.delete:
                print(_delete(database, chosen.delete or ()))
            elif chosen.jsonl:
                _export(database, chosen.jsonl)
            else:
                _list(database)
    except BrokenPipeError:  # As in `seqsal history | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ValueError as error:
        return f"seqsal: {error}"
    except (sa.exc.SQLAlchemyError, OSError, faults.StoreError) as error:
        fault = faults.explain(error)
        return f"seqsal: the store can not be used: {fault.reason} ({fault.details})."
    return 0


def entries(database: Database) -> Iterator[dict[str, Any]]:
    """Yields prompts that users added, and then answers, each the oldest first."""
    for row in _rows(database, schema.prompts):
        yield {
            "id": f"p{row.id}",
            "kind": "prompt",
            "created": row.created,
            "dataset": row.dataset,
            "source": row.source,
            "prompt": row.prompt,
            "target": row.target,
        }
    for row in _rows(database, schema.answers):
        yield {
            "id": f"a{row.id}",
            "kind": "answer",
            "created": row.created,
            "model": row.model,
            "prompt": row.prompt,
            "answer": row.answer,
            "token_ids": answers.token_ids(row),
            "logprob": row.logprob,
        }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="seqsal history",
        description="Lists the prompts that users added and the answers that models gave.",
    )
    parser.add_argument(
        "--data_dir",
        default=place.AUTO,
        help="the folder or PostgreSQL URL of the server's --data_dir; auto: the user's own",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--jsonl", metavar="FILE", help="write them as a JSON object on each line; - prints them"
    )
    what.add_argument(
        "--delete", metavar="ID", nargs="+", help="delete some, by the ids that are listed"
    )
    what.add_argument("--clear", action="store_true", help="delete all that is kept, salience too")
    return parser


def _existing(data_dir: str) -> Database | None:
    """Returns the database, or None where there is no file of one."""
    url = place.url(data_dir)
    if url is None:
        raise ValueError("--data_dir=off keeps nothing, so there is nothing to list.")
    file = place.file(url)
    return None if file is not None and not file.exists() else Database(url)


def _rows(database: Database, table: sa.Table) -> Iterator[rows.Row]:
    """Yields rows by their ids, some at a time: nobody who writes has to wait."""
    last = 0
    while True:
        query = sa.select(table).where(table.c.id > last).order_by(table.c.id).limit(_AT_ONCE)
        with database.reading() as connection:
            found = connection.execute(query).all()
        if not found:
            return
        yield from found
        last = found[-1].id


def _list(database: Database) -> None:
    width = shutil.get_terminal_size((120, 24)).columns
    for entry in entries(database):
        place_of = entry.get("dataset") or entry.get("model")
        after = entry.get("answer") or entry.get("target")
        text = json.dumps(entry["prompt"], ensure_ascii=False)
        if after:
            text += f" -> {json.dumps(after, ensure_ascii=False)}"
        line = f"{entry['id']:>6}  {entry['created'][:16]}  {place_of:<20}  {text}"
        print(_printable(line if len(line) <= width else f"{line[: width - 1]}…"))


def _export(database: Database, target: str) -> None:
    if target == "-":
        _write(database, sys.stdout)
        return
    with open(target, "w", encoding="utf-8") as file:
        print(f"{_write(database, file)} entries are in {target}.")


def _write(database: Database, file: IO[str]) -> int:
    count = 0
    for entry in entries(database):
        file.write(_printable(json.dumps(entry, ensure_ascii=False)) + "\n")
        count += 1
    return count


def _printable(text: str) -> str:
    """Returns a text without halves of surrogates, which no file in UTF-8 can hold."""
    return text.encode("utf-8", "replace").decode()


def _delete(database: Database, ids: Sequence[str]) -> str:
    """Deletes some entries, or all that is kept where none are named; returns what was done."""
    chosen = [_parsed(text) for text in ids]
    gone = 0
    with database.writing() as connection:
        for table, number in chosen:
            gone += connection.execute(table.delete().where(table.c.id == number)).rowcount
        if not chosen:
            for table in (schema.prompts, schema.answers, schema.results):
                gone += connection.execute(table.delete()).rowcount
    database.compact()
    return f"{gone} deleted. A server that runs now shows prompts until it is restarted."


def _parsed(text: str) -> tuple[sa.Table, int]:
    kind, number = text[:1], text[1:]
    if kind not in _KINDS or not number.isdecimal():
        raise ValueError(f"An id is as listed, such as p3 or a17; got {text!r}.")
    return _KINDS[kind], int(number)
