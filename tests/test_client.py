import os
import pathlib

import brotli
import pytest

from seqsal import client

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
    assert 'href="static/seqsal/fonts.css?v=' in index
    fonts = (root / "static" / "seqsal" / "fonts.css").read_text()
    assert "url(fonts/a.woff2?v=ca978112ca1b)" in fonts  # The beginning of SHA-256 of "a".
    assert brotli.decompress((root / "main.js.br").read_bytes()) == (root / "main.js").read_bytes()


def test_the_installed_lit_build_asks_nothing_of_the_internet() -> None:
    index = (pathlib.Path(client.client_root()) / "static" / "index.html").read_text()
    assert "googleapis" not in index
    assert "main.js" in index


def test_it_is_made_once_and_again_after_a_change(base: pathlib.Path, dist: pathlib.Path) -> None:
    first = client.client_root(base)
    made = os.stat(first).st_ino
    assert client.client_root(base) == first
    assert os.stat(first).st_ino == made
    (base / "main.js").write_text("// upgraded LIT")
    second = client.client_root(base)
    (dist / "seqsal.js").write_text("// upgraded seqsal")
    third = client.client_root(base)
    assert len({first, second, third}) == 3
    assert (pathlib.Path(third) / "static" / "seqsal" / "seqsal.js").read_text().endswith("seqsal")


def test_a_read_only_base_works(base: pathlib.Path) -> None:
    for path in (base / "main.js", base / "static" / "index.html"):
        path.chmod(0o444)
    (base / "static").chmod(0o555)
    base.chmod(0o555)
    try:
        root = pathlib.Path(client.client_root(base))
        assert os.access(root / "static" / "index.html", os.W_OK)
    finally:
        base.chmod(0o755)
        (base / "static").chmod(0o755)


def test_a_cache_that_can_not_be_made_is_done_without(
    base: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert (pathlib.Path(client.client_root(base)) / "main.js").is_file()


def test_a_folder_that_is_no_lit_build_is_told(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="holds main.js and static/index.html; .*nothing.* does"):
        client.client_root(tmp_path / "nothing")


def test_a_page_without_main_js_is_told() -> None:
    with pytest.raises(ValueError, match="must load main.js in a script tag"):
        client.with_module("<head></head>")


def test_a_front_end_that_is_not_built_is_told(base: pathlib.Path, dist: pathlib.Path) -> None:
    (dist / "seqsal.js").unlink()
    with pytest.raises(ValueError, match="has not been built: .* Run `make frontend`"):
        client.client_root(base)
