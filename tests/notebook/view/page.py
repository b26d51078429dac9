"""The page of a widget, as far as messages go."""

from collections.abc import Mapping
from typing import Any

import pytest

from seqsal.notebook.view.widget import SalienceView
from seqsal.results.export.saved_json import format as saved_json

PROMPT = "Taste-likes: Cheese\nAnalysis:"
TARGET = " A savoury tart with cheese.\nRecommendation: Avoid."


class Page:
    """The page of a widget: sends messages to it and collects its messages."""

    def __init__(self, view: SalienceView, monkeypatch: pytest.MonkeyPatch) -> None:
        self.view, self.heard = view, list[tuple[Any, Any]]()
        monkeypatch.setattr(view, "send", lambda m, buffers=None: self.heard.append((m, buffers)))

    def say(self, message: Mapping[str, Any]) -> None:
        self.view._handle_custom_msg(message, [])

    def ask(self, what: str, question: Mapping[str, Any]) -> tuple[Any, Any]:
        """Returns the last message of a request, and its buffers, after all work is done."""
        self.say({"type": "ask", "id": what, "what": what, "input": question})
        self.view._worker.wait()
        return [(m, buffers) for m, buffers in self.heard if m.get("id") == what][-1]


def to_json(fields: Mapping[str, Any]) -> str:
    """Returns the canonical JSON of a saved result."""
    return saved_json.dumps(fields)


def selected(view: SalienceView) -> list[str]:
    """Returns the texts of the selected segments."""
    return [(view.prompt + view.answer)[start:end] for start, end in view.selection]
