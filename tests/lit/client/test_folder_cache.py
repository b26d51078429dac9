import multiprocessing
import os
import pathlib
import subprocess
import sys
import threading

import pytest

from seqsal.lit.client.folder_cache import FolderCache


@pytest.fixture
def home(tmp_path: pathlib.Path) -> pathlib.Path:
    """What holds the folders."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def _write(folder: pathlib.Path) -> None:
    (folder / "file").write_text("made")


def _not_again(folder: pathlib.Path) -> None:
    pytest.fail(f"{folder} was made again")


def _names(home: pathlib.Path) -> set[str]:
    return {path.name for path in home.iterdir()}


def _age(folder: pathlib.Path, seconds: int) -> None:
    then = folder.stat().st_mtime - seconds
    os.utime(folder, (then, then))


def _made_elsewhere(home: pathlib.Path, *keys: str) -> None:
    """Caches folders from a process that exits, the first one as the least recently used."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_get_all, args=(home, keys))
    process.start()
    process.join()
    assert process.exitcode == 0
    for age, key in enumerate(reversed(keys), start=1):
        _age(home / key, 10 * age)


def _get_all(home: pathlib.Path, keys: tuple[str, ...]) -> None:
    for key in keys:
        FolderCache(home, max_folders=99).get(key, _write)


def test_a_folder_is_built_once(home: pathlib.Path) -> None:
    cache = FolderCache(home, max_folders=2)
    first = cache.get("a", _write)
    before = (first.stat().st_ino, (first / "file").stat().st_ino, (first / "file").stat().st_mtime)
    assert cache.get("a", _not_again) == first
    assert FolderCache(home, max_folders=2).get("a", _not_again) == first
    after = (first.stat().st_ino, (first / "file").stat().st_ino, (first / "file").stat().st_mtime)
    assert before == after


def test_the_least_recently_used_folders_are_evicted(home: pathlib.Path) -> None:
    _made_elsewhere(home, "a", "b", "c")
    FolderCache(home, max_folders=2).get("d", _write)
    assert _names(home) == {"c", "d"}


def test_a_used_folder_is_not_evicted(home: pathlib.Path) -> None:
    _made_elsewhere(home, "a", "b", "c")
    FolderCache(home, max_folders=2).get("a", _not_again)
    assert _names(home) == {"a", "c"}


def test_a_folder_that_this_process_uses_is_not_evicted(home: pathlib.Path) -> None:
    cache = FolderCache(home, max_folders=1)
    for key in "abc":
        cache.get(key, _write)
    assert _names(home) == {"a", "b", "c"}


def test_a_folder_that_another_process_uses_is_not_evicted(home: pathlib.Path) -> None:
    code = (
        "import pathlib, sys; from seqsal.lit.client.folder_cache import FolderCache;"
        "FolderCache(pathlib.Path(sys.argv[1]), max_folders=9).get('theirs', lambda folder: None);"
        "print('ready', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(home)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as other:  # type: ignore[call-overload]
        assert other.stdout.readline() == "ready\n"
        _age(home / "theirs", 1000)
        FolderCache(home, max_folders=1).get("ours", _write)
        assert _names(home) == {"theirs", "ours"}
        other.stdin.close()
    FolderCache(home, max_folders=1).get("ours", _write)
    assert _names(home) == {"ours"}


def test_a_folder_is_never_visible_half_built(home: pathlib.Path) -> None:
    half, go_on = threading.Event(), threading.Event()

    def slow(folder: pathlib.Path) -> None:
        (folder / "file").write_text("slow")
        half.set()
        go_on.wait()

    thread = threading.Thread(target=FolderCache(home, max_folders=2).get, args=("a", slow))
    thread.start()
    half.wait()
    assert (FolderCache(home, max_folders=2).get("a", _write) / "file").read_text() == "made"
    go_on.set()
    thread.join()
    assert _names(home) == {"a"}


def test_a_failed_build_leaves_no_files(home: pathlib.Path) -> None:
    def fail(_folder: pathlib.Path) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        FolderCache(home, max_folders=2).get("a", fail)
    assert _names(home) == set()


def test_an_unfinished_folder_of_a_killed_process_is_removed_after_an_hour(
    home: pathlib.Path,
) -> None:
    for name, age in ((".new-fresh", 60), (".new-stale", 4000)):
        (home / name).mkdir()
        _age(home / name, age)
    FolderCache(home, max_folders=2).get("a", _write)
    assert _names(home) == {"a", ".new-fresh"}


def test_a_folder_that_was_deleted_is_rebuilt(home: pathlib.Path) -> None:
    cache = FolderCache(home, max_folders=2)
    folder = cache.get("a", _write)
    (folder / "file").unlink()
    folder.rmdir()
    assert (cache.get("a", _write) / "file").is_file()
