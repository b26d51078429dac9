"""Puts a client root together: a LIT build, our module, and fonts that need no internet."""

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

from seqsal.serving import files

_DIST: Final = pathlib.Path(__file__).parent / "frontend" / "dist"
_OURS: Final = "static/seqsal"
_MAIN_SCRIPT: Final = re.compile(r"""<script\s[^>]*src=["']main\.js["'][^>]*>\s*</script>""")
_FONT_LINK: Final = re.compile(
    r"""[ \t]*<link\s[^>]*href=["']https://fonts\.(?:googleapis|gstatic)\.com[^>]*>\n?"""
)
_FONT_FILE: Final = re.compile(r"url\((fonts/[^)?]+)\)")


def client_root(base: str | os.PathLike[str] | None = None) -> str:
    """Returns a folder that a LIT server can serve as its `client_root`, our module included.

    The folder is made in the user's cache, once for each content of the base and of our own
    files, so that it follows an upgrade of either. The base is only read.

    Args:
        base: a LIT build (with main.js and static/index.html), whose custom modules are kept;
            None for the one in the installed lit-nlp.

    Raises:
        ValueError: the base is no LIT build, or our front end has not been built.
    """
    root = stock_client_root() if base is None else pathlib.Path(base)
    index = _read_index(root)
    if not (_DIST / "seqsal.js").is_file():
        raise ValueError(
            f"The front end has not been built: {_DIST / 'seqsal.js'} is missing. Run"
            " `make frontend` in the repository, or install seqsal from a wheel."
        )
    target = _cache() / _fingerprint(root, _DIST, pathlib.Path(__file__))
    if not target.is_dir():
        _build(root, index, target)
    return str(target)


def stock_client_root() -> pathlib.Path:
    """Returns the client that the installed lit-nlp brings."""
    lit = importlib.util.find_spec("lit_nlp")
    if lit is None or not lit.submodule_search_locations:
        raise ValueError("lit-nlp is not installed. Install it with: pip install lit-nlp")
    return pathlib.Path(lit.submodule_search_locations[0]) / "client" / "build" / "default"


def with_module(index: str, address: Callable[[str], str] = str) -> str:
    """Returns a LIT index page with our script after LIT's, and our fonts for remote ones.

    Args:
        index: the page.
        address: gives the address of a file by its name.

    Raises:
        ValueError: the page does not load main.js.
    """
    if not _MAIN_SCRIPT.search(index):
        raise ValueError(
            "The LIT build's static/index.html must load main.js in a script tag, and does not."
        )
    index = _FONT_LINK.sub("", index)
    index = index.replace(
        "</head>", f'<link href="{address(f"{_OURS}/fonts.css")}" rel="stylesheet">\n</head>', 1
    )
    ours = f'<script src="{address(f"{_OURS}/seqsal.js")}"></script>'
    # LIT starts on the window's load event, so a script after main.js is in time.
    return _MAIN_SCRIPT.sub(
        lambda script: f"{script[0].replace('main.js', address('main.js'))}\n  {ours}",
        index,
        count=1,
    )


def _read_index(root: pathlib.Path) -> str:
    if not (root / "main.js").is_file() or not (root / "static" / "index.html").is_file():
        raise ValueError(
            f"A LIT build holds main.js and static/index.html; {str(root)!r} does not."
        )
    return (root / "static" / "index.html").read_text(encoding="utf-8")


def _build(root: pathlib.Path, index: str, target: pathlib.Path) -> None:
    """Makes the folder aside and moves it into place, so that nobody sees half of it."""
    made = pathlib.Path(tempfile.mkdtemp(dir=target.parent))
    try:
        _copy_files(root, made)
        _copy_files(_DIST, made / _OURS)
        _version_fonts(made / _OURS / "fonts.css")
        page = with_module(index, functools.partial(files.versioned, made))
        (made / "static" / "index.html").write_text(page, encoding="utf-8")
        files.compress(made)
        made.chmod(0o755)
        made.rename(target)
    except OSError:
        if not target.is_dir():  # Else another process was quicker with the same content.
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _version_fonts(style: pathlib.Path) -> None:
    """Has a style sheet name its fonts by their content, so that browsers keep them."""
    css = style.read_text(encoding="utf-8")
    named = _FONT_FILE.sub(lambda url: f"url({files.versioned(style.parent, url[1])})", css)
    style.write_text(named, encoding="utf-8")


def _copy_files(source: pathlib.Path, target: pathlib.Path) -> None:
    """Copies contents only: a read-only source must not make a read-only copy."""
    for path in source.rglob("*"):
        if path.is_file() and path.suffix != ".map":
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def _fingerprint(*roots: pathlib.Path) -> str:
    """Returns a hash of the names, sizes and times of all files."""
    digest = hashlib.sha256()
    for root in roots:
        for path in sorted(root.rglob("*")) or [root]:
            if path.is_file():
                stat = path.stat()
                digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def _cache() -> pathlib.Path:
    """Returns a folder that can be written: the user's cache, or else a temporary one."""
    folder = pathlib.Path(platformdirs.user_cache_dir("seqsal")) / "client"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return pathlib.Path(tempfile.mkdtemp(prefix="seqsal-client-"))
    return folder
