"""Files that ship in the package: the tables of `seqsal/shared`, and the built front end."""

import functools
import importlib.resources
import json
import pathlib
from typing import Any, Final

DIST: Final = pathlib.Path(__file__).parents[1] / "frontend" / "dist"


@functools.cache
def shared_data(name: str) -> Any:
    """Returns the content of a JSON file in `seqsal/shared`, which the front end reads too.

    Callers must not change it.

    >>> list(shared_data("granularities.json"))[:3]
    ['tokens', 'words', 'sentences']
    """
    file = importlib.resources.files("seqsal.shared") / name
    return json.loads(file.read_text(encoding="utf-8"))


def frontend_file(name: str) -> pathlib.Path:
    """Returns the path of a file of the built front end.

    Raises:
        ValueError: the front end has not been built.
    """
    if not (path := DIST / name).is_file():
        raise ValueError(
            f"The front end has not been built: {path} is missing. Run `make frontend` in the"
            " repository, or install seqsal from a wheel."
        )
    return path
