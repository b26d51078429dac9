"""The store within the whole server, without a socket."""

import contextlib
import dataclasses
import pathlib
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from seqsal.options import Options
from seqsal.server import application
from seqsal.store import history


@pytest.fixture
def options(checkpoint: pathlib.Path, tmp_path: pathlib.Path) -> Options:
    prompts = tmp_path / "mine.jsonl"
    prompts.write_text('{"source": "tarts", "prompt": "Taste"}\n')
    return Options(
        models=(f"tiny:{checkpoint}",),
        datasets=(f"mine:{prompts}",),
        max_new_tokens=5,
        data_dir=str(tmp_path / "store"),
    )


@contextlib.contextmanager
def _serving(options: Options) -> Iterator[TestClient]:
    with TestClient(
        application.make_app(options), base_url="http://localhost", client=("127.0.0.1", 50000)
    ) as client:
        yield client


def _add(client: TestClient, prompt: str, source: str = "tarts", parent: str | None = None) -> Any:
    data = {"source": source, "prompt": prompt, "target": "", "_id": ""}
    response = client.post(
        "/annotate_new_data?dataset_name=mine",
        json={"inputs": [{"id": "", "data": data, "meta": {"added": True, "parentId": parent}}]},
    )
    assert response.status_code == 200, response.text
    return response.json()[0]


def _dataset(client: TestClient) -> list[tuple[str, str, str]]:
    examples = client.post("/get_dataset?dataset_name=mine").json()
    return [(each["id"], each["data"]["source"], each["data"]["prompt"]) for each in examples]


def _trails(client: TestClient, **changed: Any) -> Any:
    """Returns the trails, after changing the notes about an example."""
    url = "/set_trail" if changed else "/get_trails"
    response = client.post(f"{url}?dataset_name=mine", json=changed)
    assert response.status_code == 200, response.text
    return response.json()


def test_a_trail_survives_a_restart(options: Options) -> None:
    with _serving(options) as client:
        ((root, *_),) = _dataset(client)
        first = _add(client, "No eggs", parent=root)["id"]
        second = _add(client, "No eggs, no milk", parent=first)["id"]
        checks = [{"kind": "contains", "text": "Avoid"}, {"kind": "words", "text": "20"}]
        _trails(client, id=second, starred=True)
        _trails(client, id=root, checks=checks)
        kept = _trails(client, id=first, hidden=True)
    assert kept == {"starred": [second], "hidden": [first], "checks": {root: checks}}
    with _serving(options) as client:
        examples = client.post("/get_dataset?dataset_name=mine").json()
        assert {each["id"]: each["meta"].get("parentId") for each in examples} == {
            root: None,
            first: root,
            second: first,
        }
        assert _trails(client) == kept
        assert _trails(client, id=second, starred=False)["starred"] == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"id": "nobody", "starred": True}, "has no example 'nobody'"),
        ({"starred": "yes"}, "starred must be true or false"),
        ({"checks": [{"kind": "sings", "text": "x"}]}, "one of contains, lacks, matches, words"),
        ({"checks": [{"kind": "words", "text": ""}]}, "1 to 2000 characters"),
        ({"checks": [{"kind": "lacks", "text": "x"}] * 21}, "at most 20 checks"),
    ],
)
def test_a_wrong_note_is_refused(options: Options, changed: dict[str, Any], message: str) -> None:
    with _serving(options) as client:
        ((root, *_),) = _dataset(client)
        before = _trails(client)
        response = client.post("/set_trail?dataset_name=mine", json={"id": root, **changed})
        assert response.status_code == 400
        assert message in response.text
        assert _trails(client) == before


def test_a_note_that_cannot_be_stored_says_so(options: Options) -> None:
    with _serving(options) as client:
        ((root, *_),) = _dataset(client)
        _trails(client, id=root, starred=True)
        database = pathlib.Path(options.data_dir) / "seqsal.sqlite"
        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.execute("DROP TABLE answer_checks")
        checks = [{"kind": "lacks", "text": "x"}]
        response = client.post("/set_trail?dataset_name=mine", json={"id": root, "checks": checks})
        assert response.status_code == 400
        assert "The note is not kept" in response.text


def test_a_server_without_a_store_keeps_no_trails(options: Options) -> None:
    with _serving(dataclasses.replace(options, data_dir="off")) as client:
        assert client.post("/get_info").json()["seqsal"]["keepsTrails"] is False
        response = client.post("/get_trails?dataset_name=mine", json={})
        assert "--data_dir=off" in response.text


def test_added_prompts_survive_a_reload_and_a_restart(
    options: Options,
) -> None:
    with _serving(options) as client:
        added = [_add(client, "No eggs"), _add(client, "My soup", "tom"), _add(client, "No eggs")]
        assert added[0]["id"] == added[2]["id"]
        reloaded = _dataset(client)
    assert [row[1:] for row in reloaded] == [
        ("tarts", "Taste"),
        ("added", "No eggs"),
        ("tom", "My soup"),
    ]
    assert [row[0] for row in reloaded[1:]] == [added[0]["id"], added[1]["id"]]
    with _serving(options) as client:
        # A page that was open before the restart refers to examples by id.
        response = client.post(
            "/get_preds?model=tiny&dataset_name=mine", json={"inputs": [added[0]["id"]]}
        )
        assert response.status_code == 200, response.text
        assert _dataset(client) == reloaded


def test_two_servers_on_one_store_see_each_others_prompts(options: Options) -> None:
    with _serving(options) as first, _serving(options) as second:
        _dataset(second)
        added = _add(first, "No eggs")
        response = second.post(
            "/get_preds?model=tiny&dataset_name=mine", json={"inputs": [added["id"]]}
        )
        assert response.status_code == 200, response.text
        assert (added["id"], "added", "No eggs") in _dataset(second)


def test_a_prompt_that_two_servers_add_at_the_same_time_has_one_id(
    options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _serving(options) as first, _serving(options) as second:
        added = second.app.state.lit._added  # type: ignore[attr-defined]
        store, stored = added.add, list[Any]()

        def store_late(*arguments: Any) -> None:
            stored.append(_add(first, "No eggs", "ann"))
            store(*arguments)

        monkeypatch.setattr(added, "add", store_late)
        assert _add(second, "No eggs", "bob") == stored[0]
        for client in (first, second):
            assert (stored[0]["id"], "ann", "No eggs") in _dataset(client)
            response = client.post(
                "/get_preds?model=tiny&dataset_name=mine", json={"inputs": [stored[0]["id"]]}
            )
            assert response.status_code == 200, response.text


def test_a_deleted_prompt_is_gone_from_running_servers_and_can_be_added_again(
    options: Options,
) -> None:
    with _serving(options) as first, _serving(options) as second:
        kept, gone = (_add(first, prompt) for prompt in ("No eggs", "No milk"))
        assert [row[2] for row in _dataset(second)] == ["Taste", "No eggs", "No milk"]
        assert history.main(["--data_dir", options.data_dir, "--delete", "p2"]) == 0
        for client in (first, second):
            assert [row[0] for row in _dataset(client)[1:]] == [kept["id"]]
            reply = client.post("/set_trail?dataset_name=mine", json={"id": gone["id"]})
            assert "Reload the page: another person may have deleted it." in reply.text
        assert _add(second, "No milk")["id"] == gone["id"]
        assert _dataset(first) == _dataset(second)
        assert len(_dataset(first)) == 3


def test_nothing_is_gone_while_the_store_cannot_be_read(options: Options) -> None:
    with _serving(options) as client:
        _add(client, "No eggs")
        before = _dataset(client)
        database = pathlib.Path(options.data_dir) / "seqsal.sqlite"
        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.execute("ALTER TABLE prompts RENAME TO lost")
        assert _dataset(client) == before
        assert _add(client, "No milk")["id"] in [row[0] for row in _dataset(client)]


def test_an_unusable_store_is_in_the_page_title_and_the_page_works(
    options: Options, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "store").write_text("a file where the folder should be")
    with _serving(options) as client:
        title = client.post("/get_info").json()["pageTitle"]
        assert title == "Sequence Salience (not saving: the folder of the store is not writable)"
        assert client.get("/readyz").text == (
            "ok\nNot saving: the folder of the store is not writable."
        )
        assert _add(client, "No eggs")["data"]["source"] == "added"
        assert [row[2] for row in _dataset(client)] == ["Taste", "No eggs"]


def test_off_stores_nothing_and_reports_no_fault(options: Options, tmp_path: pathlib.Path) -> None:
    with _serving(options) as client:
        assert client.post("/get_info").json()["pageTitle"] == "Sequence Salience"
        assert client.get("/readyz").text == "ok"
    off = Options(datasets=options.datasets, models=options.models, data_dir="off")
    with _serving(off) as client:
        _add(client, "No eggs")
        assert [row[2] for row in _dataset(client)] == ["Taste"]
    with sqlite3.connect(tmp_path / "store" / "seqsal.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM prompts").fetchone() == (0,)
    connection.close()


def test_the_folder_has_no_pickle_of_lit(options: Options, tmp_path: pathlib.Path) -> None:
    with _serving(options) as client:
        response = client.post(
            "/get_preds?model=tiny&dataset_name=mine", json={"inputs": [_dataset(client)[0][0]]}
        )
        assert response.status_code == 200
    names = {file.name.partition("-")[0] for file in (tmp_path / "store").iterdir()}
    assert names == {"seqsal.sqlite"}


def test_data_dir_of_lit_is_rejected(options: Options) -> None:
    with pytest.raises(ValueError, match=r"option of seqsal: expected Options\(data_dir=\.\.\.\)"):
        application.make_app(options, data_dir="cache")


def test_an_invalid_data_dir_fails_at_construction() -> None:
    with pytest.raises(ValueError, match="data_dir must be a folder, a URL such as postgresql"):
        application.make_app(Options(data_dir="mysql://a/b"), models={}, datasets={})
