"""An unusable store reports its fault and does not raise."""

import dataclasses
import os
import pathlib
import resource
import sqlite3
import time

import pytest
import sqlalchemy as sa

from seqsal.store import database, keys, store, trails
from seqsal.store.store import Store, open_store
from tests.store import samples
from tests.store.samples import add_scores, answer, of_model, prompt, scores, stored_scores


@pytest.fixture(autouse=True)
def short_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries after a fault at once, and waits only shortly for a lock."""
    monkeypatch.setattr(store, "_RETRY_SECONDS", 0.0)
    monkeypatch.setattr(database, "_TIMEOUT", 0.3)


def _store(folder: pathlib.Path) -> Store:
    opened = open_store(str(folder), 100)
    assert opened is not None
    return opened


def _filled(folder: pathlib.Path, count: int = 200) -> pathlib.Path:
    """Returns a store's file with prompts and results in it."""
    filled = _store(folder)
    for number in range(count):
        filled.add_prompts("mine", [prompt(f"prompt {number} " + "x" * 500)])
        add_scores(of_model(filled), (0, number), {frozenset({1}): scores(number, tokens=500)})
    filled.close()
    return folder / "seqsal.sqlite"


def _works_without_saving(used: Store) -> bool:
    """Returns whether no call raises, and only prompts are held, in memory."""
    of_model(used).add_answers({"Taste": [answer()]})
    add_scores(of_model(used), (0, 1), {frozenset({1}): scores()})
    return (
        not used.add_prompts("mine", [prompt("new")])
        and used.added_prompts("mine") == [prompt("new")]
        and of_model(used).answers(["Taste"]) == {}
        and stored_scores(of_model(used), (0, 1), [{1}]) == {}
    )


def _is_usable(used: Store) -> bool:
    text = f"usable at {time.monotonic()}"
    return used.add_prompts("mine", [prompt(text)]) and prompt(text) in used.added_prompts("mine")


def test_a_file_that_is_not_a_database_is_renamed(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "seqsal.sqlite"
    file.write_bytes(b"these are not the tables you are looking for" * 100)
    opened = _store(tmp_path)
    assert opened.fault == ""
    assert _is_usable(opened)
    aside = tmp_path / "seqsal.damaged-1.sqlite"
    assert aside.read_bytes().startswith(b"these are not")
    assert "is damaged. It was renamed to seqsal.damaged-1.sqlite" in caplog.text
    opened.close()


@pytest.mark.parametrize("page", [2, 5, 40, -1])
def test_readable_prompts_of_a_damaged_file_are_restored(tmp_path: pathlib.Path, page: int) -> None:
    file = _filled(tmp_path)
    content = bytearray(file.read_bytes())
    start = (page % (len(content) // 4096)) * 4096
    content[start : start + 4096] = os.urandom(4096)
    file.write_bytes(content)
    opened = _store(tmp_path)
    assert opened.fault == ""
    assert (tmp_path / "seqsal.damaged-1.sqlite").read_bytes() == bytes(content)
    saved = [each.prompt for each in opened.added_prompts("mine")]
    everything = [f"prompt {number} " + "x" * 500 for number in range(200)]
    assert saved == everything[: len(saved)]
    assert _is_usable(opened)
    opened.close()


def test_trails_of_a_damaged_file_are_restored(tmp_path: pathlib.Path) -> None:
    filled = _store(tmp_path)
    first, second = (keys.of_prompt("mine", text, "") for text in ("first", "second"))
    made = dataclasses.replace(prompt("second"), parent=first)
    filled.add_prompts("mine", [prompt("first"), made])
    filled.write(lambda connection: trails.mark(connection, "mine", second, {"starred": True}))
    filled.write(lambda connection: trails.set_checks(connection, "mine", first, "[1]"))
    for number in range(200):  # These are in the last pages of the file.
        add_scores(of_model(filled), (0, number), {frozenset({1}): scores(number, tokens=500)})
    filled.close()
    file = tmp_path / "seqsal.sqlite"
    with file.open("r+b") as content:
        content.seek(-4096 * 20, os.SEEK_END)
        content.write(os.urandom(4096 * 20))
    opened = _store(tmp_path)
    assert (tmp_path / "seqsal.damaged-1.sqlite").exists()
    assert opened.added_prompts("mine") == [prompt("first"), made]
    assert samples.notes(opened) == {second: trails.Note(parent=first, starred=True)}
    none: dict[bytes, str] = {}
    checks = opened.read(lambda connection: trails.checks(connection, "mine"), none)
    assert checks == {first: "[1]"}
    opened.close()


def test_a_second_damaged_file_does_not_overwrite_the_first(tmp_path: pathlib.Path) -> None:
    for number in range(2):
        (tmp_path / "seqsal.sqlite").write_bytes(b"damaged %d" % number * 100)
        _store(tmp_path).close()
    for number in range(2):
        aside = tmp_path / f"seqsal.damaged-{number + 1}.sqlite"
        assert aside.read_bytes().startswith(b"damaged %d" % number)


def test_a_file_that_is_damaged_while_the_server_runs_is_renamed(
    tmp_path: pathlib.Path,
) -> None:
    file = _filled(tmp_path)
    opened = _store(tmp_path)
    assert opened._database is not None
    opened._database.close()  # Open connections would still have cached pages.
    with file.open("r+b") as content:
        content.seek(4096)
        content.write(os.urandom(file.stat().st_size - 4096))
    assert opened.added_prompts("mine") == []
    assert opened.fault == "the store is damaged"
    opened.added_prompts("mine")
    assert opened.fault == ""
    assert _is_usable(opened)
    assert (tmp_path / "seqsal.damaged-1.sqlite").exists()
    opened.close()


def test_a_folder_that_cannot_be_created_is_reported(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    opened = _store(tmp_path / "file" / "below")
    assert opened.fault == "the folder of the store is not writable"
    assert _works_without_saving(opened)
    assert f"Cannot use the store {tmp_path}/file/below/seqsal.sqlite: the folder" in caplog.text


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to change the user")
@pytest.mark.parametrize("write_protected", ["folder", "file"])
def test_a_read_only_store_is_reported(tmp_path: pathlib.Path, write_protected: str) -> None:
    folder = tmp_path / "store"
    file = _filled(folder, 3)
    for parent in (tmp_path, *tmp_path.parents[:-1]):
        parent.chmod(parent.stat().st_mode | 0o111)
    folder.chmod(0o555 if write_protected == "folder" else 0o777)
    file.chmod(0o444)
    fault, works = samples.run_in_process(_open_as_nobody, str(folder))
    assert fault in ("the store is read-only", "the store cannot be opened")
    assert works


def _open_as_nobody(folder: str) -> tuple[str, bool]:
    opened = Store(sa.URL.create("sqlite", database=f"{folder}/seqsal.sqlite"), megabytes=1)
    opened.close()
    os.setgid(65534)
    os.setuid(65534)
    vars(store)["_RETRY_SECONDS"] = 0.0
    opened = Store(sa.URL.create("sqlite", database=f"{folder}/seqsal.sqlite"), megabytes=1)
    return opened.fault, not opened.add_prompts("mine", [prompt("new")])


def test_a_full_disk_is_reported_until_there_is_space(tmp_path: pathlib.Path) -> None:
    assert samples.run_in_process(_on_a_full_disk, str(tmp_path)) == [
        "",
        "the disk cannot be read or written",
        "readable while full",
        "",
    ]


def _on_a_full_disk(folder: str) -> list[str]:
    vars(store)["_RETRY_SECONDS"] = 0.0
    opened = _store(pathlib.Path(folder))
    opened.add_prompts("mine", [prompt("first")])
    seen = [opened.fault]
    most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, most[1]))
    while not opened.fault:
        add_scores(
            of_model(opened),
            (0, len(opened.added_prompts("mine"))),
            {frozenset({1}): scores(tokens=2000)},
        )
        opened.add_prompts("mine", [prompt(f"{time.monotonic()}" + "x" * 5000)])
    seen.append(opened.fault)
    seen.append("readable while full" if prompt("first") in opened.added_prompts("mine") else "")
    resource.setrlimit(resource.RLIMIT_FSIZE, most)
    seen.append(opened.fault if _is_usable(opened) else "still not usable")
    opened.close()
    return seen


def test_a_database_at_its_maximum_size_is_reported_as_a_full_disk(tmp_path: pathlib.Path) -> None:
    opened = _store(tmp_path)
    opened.add_prompts("mine", [prompt("first")])

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 30")

    assert opened._database is not None
    sa.event.listen(opened._database._engine, "connect", limit)
    opened._database.close()  # New connections have the limit.
    for number in range(50):
        opened.add_prompts("mine", [prompt(f"{number}" + "x" * 5000)])
    assert opened.fault == "the disk is full"
    assert prompt("first") in opened.added_prompts("mine")
    opened.close()


def test_a_lock_of_another_program_is_reported(tmp_path: pathlib.Path) -> None:
    file = _filled(tmp_path, 1)
    opened = _store(tmp_path)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert not opened.add_prompts("mine", [prompt("new")])
    assert opened.fault == "another program has locked the store"
    assert opened.added_prompts("mine")[1:] == [prompt("new")]
    other.execute("ROLLBACK")
    other.close()
    of_model(opened).add_answers({"Taste": [answer()]})
    assert opened.fault == ""
    opened.close()
    # The pending prompt was written after the lock was released.
    reopened = _store(tmp_path)
    assert reopened.added_prompts("mine")[1:] == [prompt("new")]
    reopened.close()


def test_close_retries_pending_writes_right_after_a_fault(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = _filled(tmp_path, 1)
    opened = _store(tmp_path)
    monkeypatch.setattr(store, "_RETRY_SECONDS", 600.0)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert not opened.add_prompts("mine", [prompt("new")])
    other.execute("ROLLBACK")
    other.close()
    opened.close()
    reopened = _store(tmp_path)
    assert reopened.added_prompts("mine")[1:] == [prompt("new")]
    reopened.close()


def test_an_unreachable_server_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    opened = open_store("postgresql://user:secret@127.0.0.1:1/name", 100)
    assert opened is not None
    assert opened.fault == "the database is unavailable"
    assert _works_without_saving(opened)
    assert "127.0.0.1" in caplog.text
    assert "secret" not in caplog.text


def test_requests_do_not_wait_for_a_store_that_just_failed(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = _filled(tmp_path, 1)
    opened = _store(tmp_path)
    monkeypatch.setattr(store, "_RETRY_SECONDS", 600.0)
    with sqlite3.connect(file, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        of_model(opened).add_answers({"Taste": [answer()]})
        assert opened.fault == "another program has locked the store"
        start = time.monotonic()
        for number in range(1000):
            of_model(opened).add_answers({str(number): [answer()]})
        assert time.monotonic() - start < 100  # Each would wait for 0.3 s.
    other.close()
    assert opened.add_prompts("mine", [prompt("prompts are always tried")])
    assert opened.fault == ""
    opened.close()


def test_a_corrupt_entry_is_reported(tmp_path: pathlib.Path) -> None:
    file = _filled(tmp_path, 1)
    with sqlite3.connect(file) as other:
        other.execute("UPDATE results SET scores = x'00'")
    other.close()
    opened = _store(tmp_path)
    assert stored_scores(of_model(opened), (0, 0), [{1}]) == {}
    assert opened.fault == "an entry of the store is damaged"
    opened.close()
