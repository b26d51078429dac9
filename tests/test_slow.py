"""The table of slow tests names tests that exist."""

import pathlib

import pytest

from tests.conftest import SLOW

HERE = pathlib.Path(__file__).parent


@pytest.mark.parametrize("name", SLOW)
def test_each_entry_names_tests(name: str) -> None:
    path, _, function = name.partition("::")
    assert (HERE / path).exists()
    assert not function or f"def {function}" in (HERE / path).read_text()
