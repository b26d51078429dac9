"""The cache of converted models: keyed by content, bounded, and never half done."""

import multiprocessing
import os
import pathlib
import shutil
import threading

import pytest

from seqsal.models.checkpoints.conversion_cache import ConversionCache

MEBIBYTE = 2**20


class Converter:
    """Writes a checkpoint of some bytes, and counts how often."""

    def __init__(self, size: int = 100) -> None:
        self.calls, self.size = 0, size

    def __call__(self, into: pathlib.Path) -> None:
        self.calls += 1
        (into / "config.json").write_text("{}")
        (into / "model.safetensors").write_bytes(bytes(self.size))


def _source(tmp_path: pathlib.Path, name: str, content: bytes | None = None) -> pathlib.Path:
    path = tmp_path / name
    path.write_bytes(name.encode() if content is None else content)
    os.utime(path, (1e9, 1e9))
    return path


@pytest.fixture
def cache(tmp_path: pathlib.Path) -> ConversionCache:
    return ConversionCache(tmp_path / "cache", 1e9)


def test_a_file_is_converted_once(tmp_path: pathlib.Path, cache: ConversionCache) -> None:
    convert, source = Converter(), _source(tmp_path, "a")
    assert cache.converted(source, 1, convert) == cache.converted(source, 1, convert)
    assert convert.calls == 1


def test_a_copy_of_a_file_has_the_same_checkpoint(
    tmp_path: pathlib.Path, cache: ConversionCache
) -> None:
    convert = Converter()
    homes = {cache.converted(_source(tmp_path, n, b"same"), 1, convert) for n in ("a", "b")}
    assert len(homes) == 1 and convert.calls == 1


def test_a_changed_file_is_converted_again(tmp_path: pathlib.Path, cache: ConversionCache) -> None:
    convert, source = Converter(), _source(tmp_path, "a", b"1234")
    before = cache.converted(source, 1, convert)
    source.write_bytes(b"4321")
    os.utime(source, (1e9 + 1, 1e9 + 1))
    assert cache.converted(source, 1, convert) != before
    assert convert.calls == 2


def test_a_file_that_was_just_written_is_hashed_each_time(
    tmp_path: pathlib.Path, cache: ConversionCache
) -> None:
    convert, source = Converter(), tmp_path / "a"
    source.write_bytes(b"1234")
    state = source.stat()
    before = cache.converted(source, 1, convert)
    source.write_bytes(b"4321")
    os.utime(source, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert cache.converted(source, 1, convert) != before


def test_the_times_of_the_files_do_not_depend_on_the_conversion(
    tmp_path: pathlib.Path, cache: ConversionCache
) -> None:
    source = _source(tmp_path, "a")
    home = cache.converted(source, 1, Converter())
    before = [file.stat().st_mtime_ns for file in sorted(home.iterdir())]
    shutil.rmtree(home)
    again = cache.converted(source, 1, Converter())
    assert [file.stat().st_mtime_ns for file in sorted(again.iterdir())] == before


def test_the_least_recently_used_is_removed_first(tmp_path: pathlib.Path) -> None:
    cache = ConversionCache(tmp_path / "cache", 2.5 * MEBIBYTE)
    sources = [_source(tmp_path, name) for name in "abc"]
    homes = [cache.converted(source, 1, Converter(MEBIBYTE)) for source in sources[:2]]
    for number, home in enumerate(homes):
        used = home.parent / f"{home.name}.used"
        os.utime(used, (1e9 - number, 1e9 - number))  # The second was used before the first.
    newest = cache.converted(sources[2], 1, Converter(MEBIBYTE))
    assert [home.exists() for home in (*homes, newest)] == [True, False, True]


def test_a_checkpoint_above_the_bound_is_kept_while_it_is_the_last(tmp_path: pathlib.Path) -> None:
    cache = ConversionCache(tmp_path / "cache", 10)
    assert cache.converted(_source(tmp_path, "a"), 1, Converter(MEBIBYTE)).is_dir()


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (KeyboardInterrupt(), KeyboardInterrupt),
        (ValueError("no"), ValueError),
        (OSError(28, "No space left"), ValueError),
    ],
)
def test_a_conversion_that_fails_leaves_nothing(
    tmp_path: pathlib.Path,
    cache: ConversionCache,
    error: BaseException,
    raised: type[BaseException],
) -> None:
    def fail(into: pathlib.Path) -> None:
        (into / "config.json").write_text("{}")
        raise error

    source = _source(tmp_path, "a")
    with pytest.raises(raised):
        cache.converted(source, 1, fail)
    assert not list((tmp_path / "cache").rglob("config.json"))
    assert cache.converted(source, 1, Converter()).is_dir()


def _killed(source: pathlib.Path, folder: pathlib.Path) -> None:
    def convert(into: pathlib.Path) -> None:
        (into / "config.json").write_text("{}")
        os._exit(9)

    ConversionCache(folder, 1e9).converted(source, 1, convert)


def test_what_a_killed_process_left_is_replaced(
    tmp_path: pathlib.Path, cache: ConversionCache
) -> None:
    source = _source(tmp_path, "a")
    process = multiprocessing.get_context("forkserver").Process(
        target=_killed, args=(source, tmp_path / "cache")
    )
    process.start()
    process.join()
    assert process.exitcode == 9
    home = cache.converted(source, 1, Converter())
    assert (home / "model.safetensors").is_file()
    assert not list((tmp_path / "cache").glob("*.partial"))


def test_two_threads_convert_once(tmp_path: pathlib.Path, cache: ConversionCache) -> None:
    source, begun, go = _source(tmp_path, "a"), threading.Event(), threading.Event()

    class Slow(Converter):
        def __call__(self, into: pathlib.Path) -> None:
            begun.set()
            go.wait()
            super().__call__(into)

    convert = Slow()
    threads = [
        threading.Thread(target=cache.converted, args=(source, 1, convert)) for _ in range(2)
    ]
    threads[0].start()
    begun.wait()
    threads[1].start()
    go.set()
    for thread in threads:
        thread.join()
    assert convert.calls == 1


def test_a_full_disk_is_told_before_the_conversion(
    tmp_path: pathlib.Path, cache: ConversionCache
) -> None:
    convert = Converter()
    with pytest.raises(ValueError, match=r"needs [\d.]+ GB in .*cache, and [\d.]+ GB are free"):
        cache.converted(_source(tmp_path, "a"), 10**18, convert)
    assert convert.calls == 0


def test_a_folder_that_cannot_be_made_is_told(tmp_path: pathlib.Path) -> None:
    source = _source(tmp_path, "a")
    cache = ConversionCache(source / "cache", 1e9)  # Below a file.
    with pytest.raises(ValueError, match=r"cache cannot be used for converted models: Not a dir"):
        cache.converted(source, 1, Converter())


def test_room_is_made_by_removing_others(
    tmp_path: pathlib.Path, cache: ConversionCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = cache.converted(_source(tmp_path, "a"), 1, Converter())
    # The disk has room once the other checkpoint is gone.
    monkeypatch.setattr(cache, "_free", lambda: 0 if old.exists() else 10**12)
    assert cache.converted(_source(tmp_path, "b"), 1000, Converter()).is_dir()
    assert not old.exists()
