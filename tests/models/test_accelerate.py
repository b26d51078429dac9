"""The switch of the speed-ups, and their table in the documentation."""

import pathlib
import re

import pytest

from seqsal.models import accelerate

ROOT = pathlib.Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, True),
        ("all", True),
        ("", False),
        ("none", False),
        ("row_sparse", True),
        (" top_rows, row_sparse ", True),
        ("top_rows", False),
    ],
)
def test_the_variable_enables_all_none_or_those_it_names(
    value: str | None, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(accelerate.VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(accelerate.VARIABLE, value)
    assert accelerate.enabled("row_sparse") == expected


def test_unknown_names_raise(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="must be one of einsum_gradients, .*; got 'faster'"):
        accelerate.enabled("faster")
    monkeypatch.setenv(accelerate.VARIABLE, "row_sparse,faster")
    with pytest.raises(ValueError, match="SEQSAL_ACCELERATE must be all, none, .*; got faster"):
        accelerate.enabled("row_sparse")


def test_each_speed_up_has_a_file_and_a_row_in_the_documentation() -> None:
    text = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| `(seqsal/\S+\.py)`", text, re.MULTILINE))
    assert set(rows) == accelerate.NAMES
    for name, file in rows.items():
        assert pathlib.PurePath(file).parts[-2:] == ("_accelerate", f"{name}.py")
        assert f'enabled("{name}")' in (ROOT / file).read_text(encoding="utf-8")
