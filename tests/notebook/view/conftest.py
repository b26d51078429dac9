"""A widget, and its page."""

from collections.abc import Iterator

import pytest

import seqsal
from seqsal.models.transformers import HFCausalLM
from seqsal.notebook.view.widget import SalienceView
from tests.notebook.view.page import PROMPT, TARGET, Page


@pytest.fixture
def view(lm: HFCausalLM) -> Iterator[SalienceView]:
    view = seqsal.view(lm, PROMPT, TARGET)
    yield view
    view.close()


@pytest.fixture
def page(view: SalienceView, monkeypatch: pytest.MonkeyPatch) -> Page:
    return Page(view, monkeypatch)
