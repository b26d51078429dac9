"""A store that can not be used says why, and whoever uses it goes on."""

import os
import pathlib
import resource
import sqlite3
import time

import pytest
import sqlalchemy as sa

from seqsal.store import database, store
from seqsal.store.store import Store, open_store
from tests.store import samples
from tests.store.samples import add_scores, answer, of_model, prompt, scores, stored_scores


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has a fault be forgotten at once, and a lock be waited for shortly."""
    monkeypatch.setattr(store, "_REST", 0.0)
    monkeypatch.setattr(database, "_PATIENCE", 0.3)


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


def _goes_on(used: Store) -> bool:
    """Whether everything can be asked of a store, and prompts alone are remembered."""
    of_model(used).add_answers({"Taste": [answer()]})
    add_scores(of_model(used), (0, 1), {frozenset({1}): scores()})
    return (
        not used.add_prompts("mine", [prompt("new")])
        and used.added_prompts("mine") == [prompt("new")]
        and of_model(used).answers(["Taste"]) == {}
        and stored_scores(of_model(used), (0, 1), [{1}]) == {}
    )


def _well(used: Store) -> bool:
    text = f"well at {time.monotonic()}"
    return used.add_prompts("mine", [prompt(text)]) and prompt(text) in used.added_prompts("mine")


def test_a_file_that_is_no_database_is_set_aside(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "seqsal.sqlite"
    file.write_bytes(b"these are not the tables you are looking for" * 100)
    opened = _store(tmp_path)
    assert opened.fault == ""
    assert _well(opened)
    aside = tmp_path / "seqsal.damaged-1.sqlite"
    assert aside.read_bytes().startswith(b"these are not")
    assert "is damaged. It is kept as seqsal.damaged-1.sqlite" in caplog.text
    opened.close()


@pytest.mark.parametrize("page", [2, 5, 40, -1])
def test_the_prompts_of_a_damaged_file_are_saved_as_far_as_they_can_be_read(
    tmp_path: pathlib.Path, page: int
) -> None:
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
    assert _well(opened)
    opened.close()


def test_a_second_damaged_file_does_not_take_the_name_of_the_first(tmp_path: pathlib.Path) -> None:
    for number in range(2):
        (tmp_path / "seqsal.sqlite").write_bytes(b"damaged %d" % number * 100)
        _store(tmp_path).close()
    for number in range(2):
        aside = tmp_path / f"seqsal.damaged-{number + 1}.sqlite"
        assert aside.read_bytes().startswith(b"damaged %d" % number)


def test_damage_that_is_found_while_the_server_runs_is_set_aside_too(
    tmp_path: pathlib.Path,
) -> None:
    file = _filled(tmp_path)
    opened = _store(tmp_path)
    assert opened._database is not None
    opened._database.close()  # What its connections have read already would still be known.
    with file.open("r+b") as content:
        content.seek(4096)
        content.write(os.urandom(file.stat().st_size - 4096))
    assert opened.added_prompts("mine") == []
    assert opened.fault == "the store is damaged"
    opened.added_prompts("mine")
    assert opened.fault == ""
    assert _well(opened)
    assert (tmp_path / "seqsal.damaged-1.sqlite").exists()
    opened.close()


def test_a_folder_that_can_not_be_made_is_told(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    opened = _store(tmp_path / "file" / "below")
    assert opened.fault == "the store's folder can not be written"
    assert _goes_on(opened)
    assert f"Nothing new is kept in {tmp_path}/file/below/seqsal.sqlite: the store's" in caplog.text


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody else")
@pytest.mark.parametrize("write_protected", ["folder", "file"])
def test_a_store_that_is_read_only_is_told(tmp_path: pathlib.Path, write_protected: str) -> None:
    folder = tmp_path / "store"
    file = _filled(folder, 3)
    for parent in (tmp_path, *tmp_path.parents[:-1]):
        parent.chmod(parent.stat().st_mode | 0o111)
    folder.chmod(0o555 if write_protected == "folder" else 0o777)
    file.chmod(0o444)
    fault, goes_on = samples.in_a_process(_as_nobody, str(folder))
    assert fault in ("the store is read-only", "the store can not be opened")
    assert goes_on


def _as_nobody(folder: str) -> tuple[str, bool]:
    opened = Store(sa.URL.create("sqlite", database=f"{folder}/seqsal.sqlite"), megabytes=1)
    opened.close()
    os.setgid(65534)
    os.setuid(65534)
    vars(store)["_REST"] = 0.0
    opened = Store(sa.URL.create("sqlite", database=f"{folder}/seqsal.sqlite"), megabytes=1)
    return opened.fault, not opened.add_prompts("mine", [prompt("new")])


def test_a_full_disk_is_told_and_all_is_well_once_there_is_room(tmp_path: pathlib.Path) -> None:
    assert samples.in_a_process(_on_a_full_disk, str(tmp_path)) == [
        "",
        "the disk can not be written or read",
        "read while it is full",
        "",
    ]


def _on_a_full_disk(folder: str) -> list[str]:
    vars(store)["_REST"] = 0.0
    opened = _store(pathlib.Path(folder))
    opened.add_prompts("mine", [prompt("first")])
    seen = [opened.fault]
    most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, most[1]))
    while not opened.fault:
        add_scores(
            of_model(opened),
            (len(opened.added_prompts("mine")),),
            {frozenset({0}): scores(tokens=2000)},
        )
        opened.add_prompts("mine", [prompt(f"{time.monotonic()}" + "x" * 5000)])
    seen.append(opened.fault)
    seen.append("read while it is full" if prompt("first") in opened.added_prompts("mine") else "")
    resource.setrlimit(resource.RLIMIT_FSIZE, most)
    seen.append(opened.fault if _well(opened) else "still not well")
    opened.close()
    return seen


def test_a_database_that_may_not_grow_is_told_as_a_full_disk(tmp_path: pathlib.Path) -> None:
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


def test_a_store_that_another_program_locks_is_told(tmp_path: pathlib.Path) -> None:
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
    # What could not be written has been written since.
    again = _store(tmp_path)
    assert again.added_prompts("mine")[1:] == [prompt("new")]
    again.close()


def test_a_store_that_closes_right_after_a_fault_tries_once_more(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = _filled(tmp_path, 1)
    opened = _store(tmp_path)
    monkeypatch.setattr(store, "_REST", 600.0)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert not opened.add_prompts("mine", [prompt("new")])
    other.execute("ROLLBACK")
    other.close()
    opened.close()
    again = _store(tmp_path)
    assert again.added_prompts("mine")[1:] == [prompt("new")]
    again.close()


def test_a_server_that_does_not_answer_is_told(caplog: pytest.LogCaptureFixture) -> None:
    opened = open_store("postgresql://user:secret@127.0.0.1:1/name", 100)
    assert opened is not None
    assert opened.fault == "the database does not answer as it should"
    assert _goes_on(opened)
    assert "127.0.0.1" in caplog.text
    assert "secret" not in caplog.text


def test_requests_do_not_wait_for_a_store_that_has_just_failed(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = _filled(tmp_path, 1)
    opened = _store(tmp_path)
    monkeypatch.setattr(store, "_REST", 600.0)
    with sqlite3.connect(file, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        of_model(opened).add_answers({"Taste": [answer()]})
        assert opened.fault == "another program has locked the store"
        start = time.monotonic()
        for number in range(1000):
            of_model(opened).add_answers({str(number): [answer()]})
        assert time.monotonic() - start < 100  # Each would have waited for 0.3 s.
    other.close()
    assert opened.add_prompts("mine", [prompt("always tried")])
    assert opened.fault == ""
    opened.close()


def test_an_entry_that_can_not_be_read_is_told(tmp_path: pathlib.Path) -> None:
    file = _filled(tmp_path, 1)
    with sqlite3.connect(file) as other:
        other.execute("UPDATE results SET scores = x'00'")
    other.close()
    opened = _store(tmp_path)
    assert stored_scores(of_model(opened), (0, 0), [{1}]) == {}
    assert opened.fault == "an entry of the store is damaged"
    opened.close()
