"""Addresses that earlier documentation named still work, with a warning that names the new one."""

import importlib.util
import subprocess
import sys

import pytest

from seqsal.shared import deprecated


@pytest.mark.parametrize(
    ("old", "name", "new"),
    [
        ("seqsal.arrays", "Array", "seqsal.models.arrays"),
        ("seqsal.asgi", "make_app", "seqsal.server"),
        ("seqsal.models.base", "LayerInterceptFn", "seqsal.models.causal_lm"),
        ("seqsal.models.group", "make_group", "seqsal.lit.model_group"),
        ("seqsal.models", "get_models", "seqsal.lit.models"),
        ("seqsal.models", "load", "seqsal.models.frameworks"),
    ],
)
def test_an_old_name_is_the_new_one(old: str, name: str, new: str) -> None:
    with pytest.warns(DeprecationWarning, match=rf"^{old}\.{name} has moved; use {new}\.{name}\.$"):
        value = getattr(importlib.import_module(old), name)
    assert value is getattr(importlib.import_module(new), name)


def test_every_old_module_has_a_new_one() -> None:
    for old, new in deprecated.MODULES.items():
        assert importlib.util.find_spec(new) is not None
        assert importlib.import_module(old).__name__ == old


@pytest.mark.parametrize(
    "statement",
    [
        "from seqsal.models.base import LayerInterceptFn",
        "import seqsal.models.base; seqsal.models.base.LayerInterceptFn",
        "from seqsal.models import base; base.LayerInterceptFn",
    ],
)
def test_every_form_of_import_warns_at_the_line_of_the_import(statement: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:__main__", "-c", statement],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "seqsal.models.base.LayerInterceptFn has moved; use seqsal.models.causal_lm" in (
        done.stderr
    )


@pytest.mark.parametrize("module", ["seqsal.asgi", "seqsal.models"])
def test_an_unknown_name_is_an_attribute_error(module: str) -> None:
    assert not hasattr(importlib.import_module(module), "no_such_name")


def test_an_unknown_module_is_an_import_error() -> None:
    with pytest.raises(ModuleNotFoundError, match="seqsal.no_such_module"):
        importlib.import_module("seqsal.no_such_module")
