"""Builds a client root: a LIT build, our module, and fonts that need no internet access."""

import functools
import hashlib
import importlib.util
import os
import pathlib
import re
import shutil
import tempfile
from collections.abc import Callable
from typing import Final

import platformdirs

from seqsal.lit.client import files, icons
from seqsal.lit.client.folder_cache import FolderCache

_DIST: Final = pathlib.Path(__file__).parents[2] / "frontend" / "dist"
_OURS: Final = "static/seqsal"
_MAIN_SCRIPT: Final = re.compile(
    r"""<script\s[^>]*src=["']((?:\./|/)?main\.js(?:\?[^"']*)?)["'][^>]*>\s*</script>"""
)
_APP: Final = re.compile(r"[ \t]*(<lit-app\b[^>]*>\s*</lit-app>)\n?")
_OUR_TAGS: Final = re.compile(
    r"""[ \t]*(?:<link\s[^>]*static/seqsal/[^>]*>|<script\s[^>]*static/seqsal/[^>]*></script>)\n?"""
)
_FONT_LINK: Final = re.compile(
    r"""[ \t]*<link\s[^>]*href=["']https://fonts\.(?:googleapis|gstatic)\.com[^>]*>\n?"""
)
_FONT_FILE: Final = re.compile(r"url\((fonts/[^)?]+)\)")
_ICON_FONTS: Final = "material-icons*.woff2"
_BUILT_BY: Final = (__file__, files.__file__, icons.__file__)
"""The code that builds a folder is part of its key."""
_NOT_SERVED: Final = (".map", ".br", ".gz")
_MAX_FOLDERS: Final = 8
"""Cached client roots, of about 10 MB each."""


def client_root(base: str | os.PathLike[str] | None = None) -> str:
    """Returns a folder that a LIT server can serve as its `client_root`, with our module in it.

    The folder is built in the user's cache, once for each content of the base and of our own
    files, so that it follows an upgrade of either. The base is only read. The cache evicts the
    oldest folders, except those that a running process uses.

    Args:
        base: a LIT build (with main.js and static/index.html), whose custom modules stay; None
            for the one in the installed lit-nlp.

    Raises:
        ValueError: the base is not a LIT build, or our front end has not been built.
    """
    root = stock_client_root() if base is None else pathlib.Path(base)
    index = _read_index(root)
    if not (_DIST / "seqsal.js").is_file():
        raise ValueError(
            f"The front end has not been built: {_DIST / 'seqsal.js'} is missing. Run"
            " `make frontend` in the repository, or install seqsal from a wheel."
        )
    key = _fingerprint(root, _DIST, *(pathlib.Path(one) for one in _BUILT_BY))
    return str(_cache(_home()).get(key, functools.partial(_build, root, index)))


def stock_client_root() -> pathlib.Path:
    """Returns the client of the installed lit-nlp."""
    lit = importlib.util.find_spec("lit_nlp")
    if lit is None or not lit.submodule_search_locations:
        raise ValueError("lit-nlp is not installed. Install it with: pip install lit-nlp")
    return pathlib.Path(lit.submodule_search_locations[0]) / "client" / "build" / "default"


def with_module(index: str, url: Callable[[str], str] = str) -> str:
    """Returns a LIT index page with our script after LIT's, and our fonts instead of remote ones.

    Args:
        index: the page.
        url: returns the URL of a file by its name.

    Raises:
        ValueError: the page does not load main.js.
    """
    if not _MAIN_SCRIPT.search(index):
        raise ValueError(
            "The LIT build's static/index.html must load main.js in a script tag; it does not."
        )
    index = _OUR_TAGS.sub("", _FONT_LINK.sub("", index))
    index = index.replace(
        "</head>", f'<link href="{url(f"{_OURS}/fonts.css")}" rel="stylesheet">\n</head>', 1
    )
    ours = f'<script src="{url(f"{_OURS}/seqsal.js")}"></script>'
    # In its old place, before the scripts, it would render between them.
    app = _APP.search(index)
    tags = "\n  ".join([ours, app[1]] if app else [ours])
    index = _APP.sub("", index, count=1)
    # LIT starts on the window's load event, so a script after main.js runs in time.
    return _MAIN_SCRIPT.sub(
        lambda script: f"{script[0].replace(script[1], url('main.js'))}\n  {tags}",
        index,
        count=1,
    )


def _read_index(root: pathlib.Path) -> str:
    if not (root / "main.js").is_file() or not (root / "static" / "index.html").is_file():
        raise ValueError(
            f"A LIT build must have main.js and static/index.html; got {str(root)!r} without them."
        )
    return (root / "static" / "index.html").read_text(encoding="utf-8")


def _build(root: pathlib.Path, index: str, built: pathlib.Path) -> None:
    _copy_files(root, built)
    _copy_files(_DIST, built / _OURS)
    _subset_icons(built)
    _version_fonts(built / _OURS / "fonts.css")
    page = with_module(index, functools.partial(files.versioned, built))
    (built / "static" / "index.html").write_text(page, encoding="utf-8")
    files.compress(built)


def _subset_icons(built: pathlib.Path) -> None:
    words = icons.words_of(built.rglob("*.js"))
    for font in (built / _OURS / "fonts").glob(_ICON_FONTS):
        icons.subset_font(font, words)


def _version_fonts(style: pathlib.Path) -> None:
    """Adds content hashes to the font URLs of a style sheet, so that browsers cache the fonts."""
    css = style.read_text(encoding="utf-8")
    named = _FONT_FILE.sub(lambda font: f"url({files.versioned(style.parent, font[1])})", css)
    style.write_text(named, encoding="utf-8")


def _copy_files(source: pathlib.Path, target: pathlib.Path) -> None:
    """Copies contents without modes: a copy of a read-only source must be writable."""
    for path in _files(source):
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def _fingerprint(*roots: pathlib.Path) -> str:
    """Returns a hash of the names and the contents of all files that are served.

    Modification times would not do: packages and images are often built with equal ones.
    """
    digest = hashlib.sha256()
    for root in roots:
        for path in _files(root) if root.is_dir() else [root]:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(root)}\0{content}\n".encode())
    return digest.hexdigest()[:16]


def _files(root: pathlib.Path) -> list[pathlib.Path]:
    """Returns the sorted files below a folder, without those that the page never requests."""
    paths = sorted(root.rglob("*"))
    return [path for path in paths if path.is_file() and path.suffix not in _NOT_SERVED]


def _home() -> pathlib.Path:
    """Returns a writable folder: the user's cache, or else a temporary one of this process."""
    folder = pathlib.Path(platformdirs.user_cache_dir("seqsal")) / "client"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return pathlib.Path(_temporary().name)
    return folder


@functools.cache
def _temporary() -> tempfile.TemporaryDirectory[str]:
    """Returns a temporary folder that is removed when this process ends."""
    return tempfile.TemporaryDirectory(prefix="seqsal-client-")


@functools.cache
def _cache(home: pathlib.Path) -> FolderCache:
    return FolderCache(home, max_folders=_MAX_FOLDERS)
