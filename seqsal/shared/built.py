"""The files of the built front end."""

import pathlib
from typing import Final

DIST: Final = pathlib.Path(__file__).parents[1] / "frontend" / "dist"


def built(name: str) -> pathlib.Path:
    """Returns the path of a file that the build of the front end makes.

    Raises:
        ValueError: it has not been built.
    """
    if not (path := DIST / name).is_file():
        raise ValueError(
            f"The front end has not been built: {path} is missing. Run `make frontend` in the"
            " repository, or install seqsal from a wheel."
        )
    return path
