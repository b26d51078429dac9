"""What users note about the tries of a prompt: stars, hidden tries, and checks of the answers."""

import json
from collections.abc import Mapping
from typing import Any, Final

from seqsal.lit.added_prompts import key_of
from seqsal.lit.app.added_examples import AddedExamplesApp
from seqsal.store import trails
from seqsal.store.store import Store

GET_PATH: Final = "/get_trails"
SET_PATH: Final = "/set_trail"
CHECK_KINDS: Final = ("contains", "lacks", "matches", "words")
"""The answer contains a text, does not contain it, matches a regular expression, or has at most a
number of words. The page evaluates them."""

_MARKS: Final = ("starred", "hidden")
_MAX_CHECKS: Final = 20
_MAX_CHECK_CHARACTERS: Final = 2000


class TrailsApp(AddedExamplesApp):
    """LIT's app with handlers for the notes about added examples, if there is a store."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Initializes the app; see `AddedExamplesApp` for the arguments."""
        super().__init__(*args, **options)
        handlers = self._wsgi_app._handlers
        handlers[GET_PATH] = self.make_handler(self._get_trails)
        handlers[SET_PATH] = self.make_handler(self._set_trail)

    @property
    def keeps_trails(self) -> bool:
        """Whether notes can be stored."""
        return self._added is not None

    def _get_trails(self, _data: Any, dataset_name: Any = None, **_: Any) -> dict[str, Any]:
        """Returns the ids of starred and of hidden examples, and the checks by the first example.

        `checks` has a list of `{"kind": ..., "text": ...}` for each id.
        """
        name, ids = self._ids(dataset_name)
        no_notes: dict[bytes, trails.Note] = {}
        no_checks: dict[bytes, str] = {}
        notes = self._store.read(lambda connection: trails.notes(connection, name), no_notes)
        checks = self._store.read(lambda connection: trails.checks(connection, name), no_checks)
        return {
            "starred": [ids[key] for key, note in notes.items() if note.starred and key in ids],
            "hidden": [ids[key] for key, note in notes.items() if note.hidden and key in ids],
            "checks": {ids[key]: json.loads(text) for key, text in checks.items() if key in ids},
        }

    def _set_trail(self, data: Any, dataset_name: Any = None, **_: Any) -> dict[str, Any]:
        """Changes the notes about the example `id`: `starred`, `hidden`, or the list `checks`."""
        name, ids = self._ids(dataset_name)
        if not isinstance(data, dict):
            raise ValueError("Expected a JSON object with the 'id' of an example; got none.")
        key = next((key for key, each in ids.items() if each == data.get("id")), None)
        if key is None:
            raise ValueError(
                f"The dataset {name!r} has no example {str(data.get('id'))[:60]!r}."
                " Reload the page: another person may have deleted it."
            )
        marks = {mark: _flag(mark, data[mark]) for mark in _MARKS if mark in data}
        if marks:
            self._store.write(lambda connection: trails.mark(connection, name, key, marks))
        if "checks" in data:
            text = json.dumps(_checks(data["checks"]), ensure_ascii=False)
            self._store.write(lambda connection: trails.set_checks(connection, name, key, text))
        if fault := self._store.fault:
            raise ValueError(f"The note is not kept: {fault}. Try again once the store works.")
        return self._get_trails(None, name)

    @property
    def _store(self) -> Store:
        if self._added is None:
            raise ValueError("This server stores nothing (--data_dir=off), so it keeps no trails.")
        return self._added.store

    def _ids(self, dataset_name: Any) -> tuple[str, dict[bytes, str]]:
        """Returns the name of a dataset and the ids of its prompts by their keys in the store."""
        self._load_added(dataset_name)
        if dataset_name not in self._datasets:
            raise ValueError(
                f"No dataset {str(dataset_name)[:60]!r} here; the datasets are"
                f" {', '.join(self.dataset_names)}."
            )
        examples = self._datasets[dataset_name].indexed_examples
        return dataset_name, {
            key_of(dataset_name, each["data"]): each["id"]
            for each in examples
            if isinstance(each["data"].get("prompt"), str)
        }


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be true or false; got {str(value)[:60]!r}.")
    return value


def _checks(given: Any) -> list[Mapping[str, str]]:
    """Returns the checks of a request.

    Raises:
        ValueError: they are not checks, or too many or too long.
    """
    if not isinstance(given, list) or len(given) > _MAX_CHECKS:
        raise ValueError(f"checks must be a list of at most {_MAX_CHECKS} checks.")
    for each in given:
        kind, text = (
            (each.get("kind"), each.get("text")) if isinstance(each, dict) else (None, None)
        )
        if kind not in CHECK_KINDS or not isinstance(text, str):
            raise ValueError(
                f"A check must have a kind, one of {', '.join(CHECK_KINDS)}, and a text;"
                f" got {str(each)[:60]!r}."
            )
        if not 0 < len(text) <= _MAX_CHECK_CHARACTERS:
            raise ValueError(
                f"The text of a check must have 1 to {_MAX_CHECK_CHARACTERS} characters;"
                f" got {len(text)}."
            )
    return [{"kind": each["kind"], "text": each["text"]} for each in given]
