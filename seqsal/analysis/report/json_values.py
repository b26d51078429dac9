"""Values of tables as JSON values that take little space."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pandas as pd

_DIGITS: Final = 4
_MAX_SNIPPET: Final = 90


def json_rows(table: "pd.DataFrame", columns: Sequence[str]) -> list[dict[str, Any]]:
    """Returns some columns of each row of a table."""
    return [json_row(each, columns) for each in table.to_dict("records")]


def json_row(values: Mapping[Any, Any], columns: Sequence[str]) -> dict[str, Any]:
    """Returns some columns of a row."""
    return {name: _value(values[name]) for name in columns}


def json_numbers(values: Any) -> list[float | None]:
    """Returns numbers with four significant digits; None for NaN."""
    return [_value(float(value)) for value in values]


def snippet(text: str) -> str:
    r"""Returns the beginning of a text, with a space for each run of white space.

    >>> snippet("It is\nsweet. "), len(snippet("word " * 100))
    ('It is sweet.', 90)
    """
    line = " ".join(text.split())
    return f"{line[: _MAX_SNIPPET - 1]}…" if len(line) > _MAX_SNIPPET else line


def _value(value: Any) -> Any:
    """Returns a value for JSON, with few digits; None for NaN."""
    if hasattr(value, "item"):
        value = value.item()
    if not isinstance(value, float):
        return value
    return None if value != value else float(f"{value:.{_DIGITS}g}")
