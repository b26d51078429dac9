"""The package, its front end and the changelog speak of one version."""

import json
import pathlib
import re

import seqsal

ROOT = pathlib.Path(__file__).parents[1]


def test_the_front_end_has_the_version_of_the_package() -> None:
    for name in ("package.json", "package-lock.json"):
        manifest = json.loads((ROOT / "seqsal" / "frontend" / name).read_text(encoding="utf-8"))
        assert manifest["version"] == seqsal.__version__, name


def test_the_newest_heading_of_the_changelog_is_the_version_of_the_package() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+)", changelog, re.MULTILINE)
    assert newest is not None
    assert newest[1] == seqsal.__version__
