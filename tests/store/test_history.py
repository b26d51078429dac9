"""`seqsal history` on the command line."""

import dataclasses
import json
import pathlib
import subprocess
import sys
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from seqsal.store import keys, trails
from seqsal.store.store import Store
from tests.store.samples import add_scores, answer, notes, of_model, prompt, scores, stored_scores

Open = Callable[..., Store]


def _history(url: sa.URL, *arguments: str) -> subprocess.CompletedProcess[str]:
    sqlite = url.drivername == "sqlite"
    folder = str(pathlib.Path(url.database or "").parent) if sqlite else ""
    data_dir = folder or url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "seqsal", "history", f"--data_dir={data_dir}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def filled(open_store: Open) -> None:
    """Two prompts, two answers, and the scores of two methods."""
    store = open_store()
    store.add_prompts("mine", [prompt("Taste\n你好", " eggs"), prompt("half \ud83d", source="tom")])
    of_model(store).add_answers({"Taste\n你好": [answer(" eggs"), answer(" no eggs")]})
    add_scores(of_model(store), (0, 1), {frozenset({1}): scores()})
    store.close()


@pytest.mark.usefixtures("filled")
def test_prompts_and_answers_are_listed(url: sa.URL) -> None:
    done = _history(url)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["p1", "p2", "a1", "a2"]
    assert r'mine                  "Taste\n你好" -> " eggs"' in lines[0]
    assert "org/model" in lines[2]


@pytest.mark.usefixtures("filled")
def test_export_includes_token_ids_and_logprob(url: sa.URL, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "history.jsonl"
    assert "4 entries" in _history(url, "--jsonl", str(file)).stdout
    entries = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert entries == [
        json.loads(line) for line in _history(url, "--jsonl", "-").stdout.splitlines()
    ]
    assert entries[0] | {"created": ""} == {
        "id": "p1", "kind": "prompt", "created": "", "dataset": "mine", "source": "added",
        "prompt": "Taste\n你好", "target": " eggs", "parent": None, "starred": False,
        "hidden": False,
    }  # fmt: skip
    assert entries[3] | {"created": ""} == {
        "id": "a2", "kind": "answer", "created": "", "model": "org/model",
        "prompt": "Taste\n你好", "answer": " no eggs", "token_ids": [7, 311, 5], "logprob": -1.5,
    }  # fmt: skip


@pytest.mark.usefixtures("filled")
def test_a_try_names_its_parent_and_its_marks(url: sa.URL, open_store: Open) -> None:
    store = open_store()
    parent = keys.of_prompt("mine", "Taste\n你好", " eggs")
    tried = dataclasses.replace(prompt("Taste less"), parent=parent)
    store.add_prompts("mine", [tried])
    key = keys.of_prompt("mine", "Taste less", "")
    store.write(lambda connection: trails.mark(connection, "mine", key, {"starred": True}))
    assert store.added_prompts("mine")[-1] == tried
    store.close()
    (line,) = [each for each in _history(url).stdout.splitlines() if "Taste less" in each]
    assert line.split()[0] == "p3*"
    assert "mine, from p1" in line
    exported = map(json.loads, _history(url, "--jsonl", "-").stdout.splitlines())
    (entry,) = [each for each in exported if each["prompt"] == "Taste less"]
    assert (entry["parent"], entry["starred"], entry["hidden"]) == ("p1", True, False)
    # A prompt that is deleted and added again begins without marks.
    _history(url, "--delete", "p3")
    store = open_store()
    assert notes(store) == {}
    store.close()


@pytest.mark.usefixtures("filled")
def test_an_entry_is_deleted_by_its_id(url: sa.URL, open_store: Open) -> None:
    assert "2 deleted" in _history(url, "--delete", "p1", "a2").stdout
    assert [line.split()[0] for line in _history(url).stdout.splitlines()] == ["p2", "a1"]
    assert open_store().added_prompts("mine") == [prompt("half \ud83d", source="tom")]
    wrong = _history(url, "--delete", "17")
    assert wrong.returncode == 1
    assert wrong.stderr == "seqsal: An id must be one from the list, such as p3 or a17; got '17'.\n"


@pytest.mark.usefixtures("filled")
def test_clear_leaves_no_text_in_the_file(url: sa.URL, open_store: Open) -> None:
    assert "6 deleted" in _history(url, "--clear").stdout
    store = open_store()
    assert store.added_prompts("mine") == []
    assert of_model(store).answers(["Taste\n你好"]) == {}
    assert stored_scores(of_model(store), (0, 1), [{1}]) == {}
    if url.drivername == "sqlite":
        store.close()
        folder = pathlib.Path(url.database or "").parent
        left = b"".join(file.read_bytes() for file in folder.glob("seqsal.sqlite*"))
        assert b"eggs" not in left


def test_a_store_that_does_not_exist_is_reported_and_not_created(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "nothing"
    done = _history(sa.URL.create("sqlite", database=str(folder / "seqsal.sqlite")))
    assert done.returncode == 0
    assert done.stderr == "The store does not exist yet.\n"
    assert not folder.exists()


def test_an_unusable_store_is_reported_without_a_traceback() -> None:
    done = _history(sa.make_url("postgresql+psycopg://127.0.0.1:1/name"))
    assert done.returncode == 1
    assert done.stderr.startswith("seqsal: the store cannot be used: the database is unavailable (")
    assert "Traceback" not in done.stderr


def test_history_imports_no_framework(tmp_path: pathlib.Path) -> None:
    code = (
        "import sys\nfrom seqsal import __main__ as cli\ntry:\n    cli.main(['seqsal', 'history',"
        f" '--data_dir={tmp_path}'])\nexcept SystemExit:\n    print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "sqlalchemy" in loaded
    assert not {"torch", "transformers", "keras", "lit_nlp.app"} & loaded
