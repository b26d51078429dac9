import os
import pathlib
import subprocess
import sys

import brotli
import pytest

from seqsal.lit.client import root as client

INDEX = '<head><title>x</title></head><body><lit-app></lit-app><script src="main.js"></script>'


@pytest.fixture(autouse=True)
def cache(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(autouse=True)
def dist(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A built front end of the test's own."""
    folder = tmp_path / "dist"
    (folder / "fonts").mkdir(parents=True)
    (folder / "seqsal.js").write_text("// ours")
    (folder / "fonts.css").write_text("a { src: url(fonts/a.woff2) }")
    (folder / "fonts" / "a.woff2").write_text("a")
    monkeypatch.setattr(client, "_DIST", folder)
    return folder


@pytest.fixture
def base(tmp_path: pathlib.Path) -> pathlib.Path:
    """A LIT build with a custom module in it."""
    folder = tmp_path / "base"
    (folder / "static").mkdir(parents=True)
    (folder / "main.js").write_text("// with a custom module")
    (folder / "static" / "index.html").write_text(INDEX)
    (folder / "static" / "extra.png").write_text("png")
    return folder


def test_the_root_is_the_base_with_our_files_and_script(base: pathlib.Path) -> None:
    root = pathlib.Path(client.client_root(base))
    assert (root / "main.js").read_text() == "// with a custom module"
    assert (root / "static" / "extra.png").is_file()
    assert (root / "static" / "seqsal" / "fonts" / "a.woff2").is_file()
    index = (root / "static" / "index.html").read_text()
    assert index.index('src="main.js?v=') < index.index('<script src="static/seqsal/seqsal.js?v=')
    assert index.index("seqsal.js") < index.index("<lit-app></lit-app>")
    assert index.count("lit-app") == 2
    assert 'href="static/seqsal/fonts.css?v=' in index
    fonts = (root / "static" / "seqsal" / "fonts.css").read_text()
    assert "url(fonts/a.woff2?v=ca978112ca1b)" in fonts  # The beginning of SHA-256 of "a".
    assert brotli.decompress((root / "main.js.br").read_bytes()) == (root / "main.js").read_bytes()


def test_the_installed_lit_build_requests_nothing_from_the_internet() -> None:
    index = (pathlib.Path(client.client_root()) / "static" / "index.html").read_text()
    assert "googleapis" not in index
    assert "main.js" in index


def _stamps(folder: pathlib.Path) -> dict[str, tuple[int, int, bytes]]:
    """Returns, for each file, its inode, its time and its content."""
    return {
        str(path): (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_second_call_builds_nothing(base: pathlib.Path) -> None:
    first = client.client_root(base)
    made = _stamps(pathlib.Path(first))
    assert client.client_root(base) == first
    assert _stamps(pathlib.Path(first)) == made


def test_it_follows_an_upgrade_of_either_package(base: pathlib.Path, dist: pathlib.Path) -> None:
    first = client.client_root(base)
    (base / "main.js").write_text("// upgraded LIT")
    second = client.client_root(base)
    (dist / "seqsal.js").write_text("// upgraded seqsal")
    third = client.client_root(base)
    assert len({first, second, third}) == 3
    assert (pathlib.Path(third) / "static" / "seqsal" / "seqsal.js").read_text().endswith("seqsal")


def test_an_upgrade_with_equal_size_and_time_is_detected(base: pathlib.Path) -> None:
    script = base / "main.js"
    stat = script.stat()
    first = client.client_root(base)
    script.write_text(script.read_text()[::-1])
    os.utime(script, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert client.client_root(base) != first


def test_a_moved_base_has_the_same_root(base: pathlib.Path, tmp_path: pathlib.Path) -> None:
    first = client.client_root(base)
    base.rename(tmp_path / "elsewhere")
    assert client.client_root(tmp_path / "elsewhere") == first


def test_old_builds_are_evicted(base: pathlib.Path, cache: pathlib.Path) -> None:
    builds = cache / "seqsal" / "client"
    for number in range(20):  # As many upgrades ago, by processes that have ended.
        old = builds / f"old-{number}"
        old.mkdir(parents=True)
        os.utime(old, (number, number))
    ours = pathlib.Path(client.client_root(base))
    assert {path.name for path in builds.iterdir()} == {
        ours.name,
        *(f"old-{number}" for number in range(13, 20)),
    }


def test_the_base_is_only_read(base: pathlib.Path) -> None:
    for path in (base / "main.js", base / "static" / "index.html"):
        path.chmod(0o444)
    (base / "static").chmod(0o555)
    base.chmod(0o555)
    before = _stamps(base), base.stat().st_mtime_ns, (base / "static").stat().st_mtime_ns
    try:
        root = pathlib.Path(client.client_root(base))
        # Whoever copies a read-only build must not get one that cannot be removed.
        assert os.access(root / "static" / "index.html", os.W_OK)
        assert os.stat(root / "static" / "index.html").st_mode & 0o200
        after = _stamps(base), base.stat().st_mtime_ns, (base / "static").stat().st_mtime_ns
        assert after == before
    finally:
        base.chmod(0o755)
        (base / "static").chmod(0o755)


_WATCH = """
import os, sys

def watch(event, arguments):
    # The flags say whether a file is opened for writing; all other events change something.
    if event == "open" and not arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        return
    if event.partition(".")[0] not in ("open", "os", "shutil") or event in READING:
        return
    for path in arguments:
        if isinstance(path, str | bytes | os.PathLike):
            if os.path.realpath(os.fsdecode(path)).startswith(BASE):
                raise SystemExit(f"{event} {path} in a base that is only to be read")

BASE = os.path.realpath(sys.argv[1])
READING = ("os.listdir", "os.scandir", "os.walk", "shutil.copyfile")
sys.addaudithook(watch)
"""
_MAKE = """
import sys
from seqsal.lit.client import root as client
print(client.client_root(sys.argv[1]))
"""


def _made_by(base: pathlib.Path, *command: str) -> pathlib.Path:
    """Returns the client root that a program of its own makes of a base."""
    made = subprocess.run([*command, str(base)], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return pathlib.Path(made.stdout.strip())


@pytest.mark.parametrize("change", [None, "open(BASE + '/main.js', 'r+')", "os.mkdir(BASE + '/x')"])
def test_nothing_in_the_base_is_opened_for_writing(base: pathlib.Path, change: str | None) -> None:
    command = (sys.executable, "-c", _WATCH + (change or _MAKE))
    if change is None:  # Permissions alone stop no administrator.
        assert (_made_by(base, *command) / "static" / "extra.png").is_file()
    else:
        with pytest.raises(AssertionError, match="only to be read"):
            _made_by(base, *command)


def test_a_read_only_base_is_accepted(base: pathlib.Path) -> None:
    mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0"'
    own = ("unshare", "--mount", "sh", "-c")
    if sys.platform != "linux" or subprocess.run([*own, mount, base], check=False).returncode:
        pytest.skip("Mounting takes Linux and an administrator's rights.")
    refused = subprocess.run([*own, f'{mount} && touch "$0/x"', base], check=False)
    assert refused.returncode != 0
    python = f"{sys.executable} -c '{_MAKE}' \"$0\""
    assert (_made_by(base, *own, f"{mount} && {python}") / "static" / "extra.png").is_file()


def test_a_base_that_already_has_our_module_gets_it_once(base: pathlib.Path) -> None:
    twice = pathlib.Path(client.client_root(client.client_root(base)))
    index = (twice / "static" / "index.html").read_text()
    assert index.count("seqsal.js?v=") == 1
    assert index.count("fonts.css?v=") == 1
    assert index.count("main.js?v=") == 1


def test_an_unwritable_cache_is_replaced_by_a_temporary_folder(
    base: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    root = client.client_root(base)
    assert (pathlib.Path(root) / "main.js").is_file()
    assert client.client_root(base) == root


def test_a_folder_that_is_not_a_lit_build_is_an_error(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="must have main.js and static/index.html; got .*nothing"):
        client.client_root(tmp_path / "nothing")


def test_a_page_without_main_js_is_an_error() -> None:
    with pytest.raises(ValueError, match="must load main.js in a script tag"):
        client.with_module("<head></head>")


def test_a_front_end_that_is_not_built_is_an_error(base: pathlib.Path, dist: pathlib.Path) -> None:
    (dist / "seqsal.js").unlink()
    with pytest.raises(ValueError, match="has not been built: .* Run `make frontend`"):
        client.client_root(base)
