"""Fixtures of the tests of the Transformers adapter."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module")
def new_objects_only() -> Iterator[None]:
    """Makes `gc` see only objects that are created later: the others are millions."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
