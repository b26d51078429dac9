"""Published packages of npm, for pages that load their scripts from a public CDN."""

import json
import pathlib
import re
import subprocess
import tarfile
from importlib import resources
from typing import Final

from playwright.sync_api import Route

REQUIRE: Final = "requirejs"
HTML_MANAGER: Final = "@jupyter-widgets/html-manager"
_PUBLISHED: Final = {
    REQUIRE: (
        "2.1.10",  # The version in pages of nbconvert.
        "sha512-4JqdTihK3kOnT387LxCHuJZ/9QsKg2EIl7LmaW35PIyM4LwCI2jwyy4fy6pbY/ZZH2JoY/QEcb5PzULFPP6gcQ==",
    ),
    HTML_MANAGER: (
        "1.0.15",
        "sha512-5thBIV6ymNgmPVOHvzx+gGy8ZSKmSazhtGw4/c4xJDVzRhG9PTeQsRjF3FUTopvFi//SABeNz1yp47bCrJ3CQA==",
    ),
}
"""Versions, and the checksums of their archives in npm."""

_ON_A_CDN: Final = re.compile(
    r"https://(?:unpkg\.com|cdn\.jsdelivr\.net/npm)/((?:@[\w-]+/)?[\w-]+)@[^/]*/(dist/.+)"
)


def fetched(folder: pathlib.Path) -> pathlib.Path:
    """Downloads the packages into a folder without their dependencies; returns the folder."""
    for name, (version, checksum) in _PUBLISHED.items():
        command = ["npm", "pack", "--json", "--prefer-offline", f"{name}@{version}"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        (packed,) = json.loads(done.stdout)
        assert packed["integrity"] == checksum, (
            f"{name} {version} has another checksum than expected."
        )
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            archive.extractall(folder / name, filter="data")
        next(folder.glob("*.tgz")).unlink()
    return folder


class Cdn:
    """Answers a page's requests to public CDNs with the packages, and refuses all others.

    anywidget's script is the installed one, which is identical to that in npm.

    Attributes:
        answered: the addresses that were answered.
        refused: the other addresses.
    """

    def __init__(self, packages: pathlib.Path) -> None:
        """Takes the folder that `fetched` returns."""
        self._packages = packages
        self.answered, self.refused = list[str](), list[str]()

    def answer(self, route: Route) -> None:
        """Handles a route of Playwright."""
        address = route.request.url
        if not address.startswith("http"):
            route.continue_()
        elif file := self._file(address):
            self.answered.append(address)
            kind = "text/css" if file.suffix == ".css" else "text/javascript"
            route.fulfill(body=file.read_bytes(), content_type=kind)
        else:
            self.refused.append(address)
            route.abort()

    def _file(self, address: str) -> pathlib.Path | None:
        if "require.js" in address:
            return self._packages / REQUIRE / "package" / "require.js"
        found = _ON_A_CDN.fullmatch(address)
        if found is None:
            return None
        if found[1] == "anywidget":
            return anywidget_script()
        file = self._packages / found[1] / "package" / found[2]
        return file if file.is_file() else None


def anywidget_script() -> pathlib.Path:
    """Returns the script of anywidget for pages."""
    return pathlib.Path(str(resources.files("anywidget"))) / "nbextension" / "index.js"
