"""`seqsal history`: lists, exports and deletes the entries of the store."""

import argparse
import contextlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import IO, Any, Final

import sqlalchemy as sa

from seqsal.store import answers, faults, location, queries, schema, trails
from seqsal.store.database import Database

_KINDS: Final = {"p": schema.prompts, "a": schema.answers}
_BATCH_SIZE: Final = 500


def main(arguments: Sequence[str]) -> int | str:
    """Runs the command line; returns an exit status, or an error message."""
    options = _parser().parse_args(arguments)
    try:
        database = _existing(options.data_dir)
        if database is None:
            print("The store does not exist yet.", file=sys.stderr)
            return 0
        with contextlib.closing(database):
            if options.clear or options.delete:
                print(_delete(database, options.delete or ()))
            elif options.jsonl:
                _export(database, options.jsonl)
            else:
                _list(database)
    except BrokenPipeError:  # For example `seqsal history | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ValueError as error:
        return f"seqsal: {error}"
    except (sa.exc.SQLAlchemyError, OSError, faults.StoreError) as error:
        fault = faults.describe(error)
        return f"seqsal: the store cannot be used: {fault.reason} ({fault.details})."
    return 0


def entries(database: Database) -> Iterator[dict[str, Any]]:
    """Yields the prompts that users added, and then the answers, oldest first.

    The `parent` of a prompt is the id of the prompt that it was made from; None if that is from a
    file, and if there is none.
    """
    ids = {bytes(row.key): f"p{row.id}" for row in _rows(database, schema.prompts)}
    with database.reading() as connection:
        notes = trails.notes(connection)
    for row in _rows(database, schema.prompts):
        note = notes.get(bytes(row.key), trails.Note())
        yield {
            "id": f"p{row.id}",
            "kind": "prompt",
            "created": row.created,
            "dataset": row.dataset,
            "source": row.source,
            "prompt": row.prompt,
            "target": row.target,
            "parent": ids.get(note.parent or b""),
            "starred": note.starred,
            "hidden": note.hidden,
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
        description="Lists, exports or deletes users' prompts and the answers of models."
        " * marks a starred prompt, - a hidden one.",
    )
    parser.add_argument(
        "--data_dir",
        default=location.AUTO,
        help="the folder or PostgreSQL URL of the server's --data_dir; auto: the user data folder",
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument(
        "--jsonl", metavar="FILE", help="export as JSON Lines to a file; - for standard output"
    )
    action.add_argument(
        "--delete", metavar="ID", nargs="+", help="delete entries by the ids in the list"
    )
    action.add_argument("--clear", action="store_true", help="delete all entries, and the salience")
    return parser


def _existing(data_dir: str) -> Database | None:
    """Returns the database, or None if its file does not exist."""
    url = location.database_url(data_dir)
    if url is None:
        raise ValueError(
            "--data_dir=off has no store to list. Choose a folder, a PostgreSQL URL or auto."
        )
    file = location.sqlite_file(url)
    return None if file is not None and not file.exists() else Database(url)


def _rows(database: Database, table: sa.Table) -> Iterator[queries.Row]:
    """Yields rows in order of their ids, in batches, so that writers do not wait."""
    last = 0
    while True:
        query = sa.select(table).where(table.c.id > last).order_by(table.c.id).limit(_BATCH_SIZE)
        with database.reading() as connection:
            found = connection.execute(query).all()
        if not found:
            return
        yield from found
        last = found[-1].id


def _list(database: Database) -> None:
    width = shutil.get_terminal_size((120, 24)).columns
    for entry in entries(database):
        origin = entry.get("dataset") or entry.get("model")
        after = entry.get("answer") or entry.get("target")
        text = json.dumps(entry["prompt"], ensure_ascii=False)
        if after:
            text += f" -> {json.dumps(after, ensure_ascii=False)}"
        if entry.get("parent"):
            origin = f"{origin}, from {entry['parent']}"
        mark = "*" if entry.get("starred") else "-" if entry.get("hidden") else " "
        line = f"{entry['id']:>6}{mark} {entry['created'][:16]}  {origin:<20}  {text}"
        print(_printable(line if len(line) <= width else f"{line[: width - 1]}…"))


def _export(database: Database, target: str) -> None:
    if target == "-":
        _write(database, sys.stdout)
        return
    with open(target, "w", encoding="utf-8") as file:
        print(f"{_write(database, file)} entries written to {target}.")


def _write(database: Database, file: IO[str]) -> int:
    count = 0
    for entry in entries(database):
        file.write(_printable(json.dumps(entry, ensure_ascii=False)) + "\n")
        count += 1
    return count


def _printable(text: str) -> str:
    """Returns a text without lone surrogates, which UTF-8 cannot encode."""
    return text.encode("utf-8", "replace").decode()


def _delete(database: Database, ids: Sequence[str]) -> str:
    """Deletes the given entries, or everything if none are given; returns a summary."""
    selected = [_parsed(text) for text in ids]
    deleted = 0
    with database.writing() as connection:
        for table, number in selected:
            if table is schema.prompts:
                key = sa.select(table.c.key).where(table.c.id == number).scalar_subquery()
                connection.execute(schema.tries.delete().where(schema.tries.c.key == key))
            deleted += connection.execute(table.delete().where(table.c.id == number)).rowcount
        if not selected:
            for table in (schema.prompts, schema.answers, schema.results):
                deleted += connection.execute(table.delete()).rowcount
            for table in (schema.tries, schema.answer_checks):
                connection.execute(table.delete())
    database.compact()
    return f"{deleted} deleted. A running server shows deleted prompts until it is restarted."


def _parsed(text: str) -> tuple[sa.Table, int]:
    kind, number = text[:1], text[1:]
    if kind not in _KINDS or not number.isdecimal():
        raise ValueError(f"An id must be one from the list, such as p3 or a17; got {text!r}.")
    return _KINDS[kind], int(number)
