"""Models from the web: archives, and the two hubs; the same on every backend."""

import contextlib
import http.server
import json
import os
import pathlib
import shutil
import socket
import tarfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator

import pytest
from huggingface_hub import constants
from kagglesdk import kaggle_env

from seqsal.models import hub
from seqsal.models import keras as keras_adapter
from seqsal.models.keras.patches import kaggle_timeout
from seqsal.models.keras.sources import archives
from tests.models.keras.checkpoints import CHATS

CHECKPOINTS = pathlib.Path(os.environ["SEQSAL_TEST_CHECKPOINTS"])


@pytest.fixture
def site(tmp_path: pathlib.Path) -> Iterator[tuple[str, pathlib.Path]]:
    """The address of a web server, and the folder it serves."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(tmp_path))  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            """Keeps the tests' output free of requests."""

    with _served(Handler) as address:
        yield address, tmp_path


@contextlib.contextmanager
def _served(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    """Yields the address of a web server."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_an_archive_is_fetched_once(
    site: tuple[str, pathlib.Path],
    kind: str,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, folder = site
    file = folder / f"model.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(file, "w") as zipped:
            for part in (CHECKPOINTS / "llama").iterdir():
                zipped.write(part, f"inner/{part.name}")
    else:
        with tarfile.open(file, "w:gz") as packed:
            packed.add(CHECKPOINTS / "llama", "inner")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    url = f"{address}/model.{kind}"
    expected = keras_adapter.load(CHECKPOINTS / "llama").encode("The fox")
    assert keras_adapter.load(url).encode("The fox") == expected
    file.unlink()
    assert keras_adapter.load(url).encode("The fox") == expected


def test_a_file_that_is_no_archive_raises(
    site: tuple[str, pathlib.Path], tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, folder = site
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(ValueError, match="Could not download .*404"):
        keras_adapter.load(f"{address}/nothing.zip")
    (folder / "text.zip").write_text("no archive")
    with pytest.raises(ValueError, match="not a readable archive"):
        keras_adapter.load(f"{address}/text.zip")
    with zipfile.ZipFile(folder / "empty.zip", "w") as zipped:
        zipped.writestr("a.txt", "a")
    with pytest.raises(ValueError, match=r"must have a config\.json"):
        keras_adapter.load(f"{address}/empty.zip")
    with pytest.raises(ValueError, match="must end with .tar.gz"):
        archives.fetch(f"{address}/model.rar")


def _refusing(status: int) -> type[http.server.BaseHTTPRequestHandler]:
    """Returns a hub that answers as both do for a model whose terms were not accepted."""

    class Refusing(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            message = {"code": status, "message": "Permission 'models.get' was denied"}
            body = b"" if self.command == "HEAD" else json.dumps(message).encode()
            self.send_response(status)
            self.send_header("X-Error-Code", "GatedRepo")
            self.send_header("X-Error-Message", "Access to model org/model is restricted.")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_HEAD

        def log_message(self, *_: object) -> None:
            """Keeps the tests' output free of requests."""

    return Refusing


@pytest.fixture
def hubs_at(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> Callable[[str], None]:
    """Points the clients of both hubs to an address, without caches and credentials."""
    for name in ("KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_API_TOKEN", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))

    def turn(address: str) -> None:
        template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(constants.ENDPOINT, address)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "ENDPOINT", address)
        monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, address)

    return turn


PRESETS = {
    "gemma2_2b_en": "KAGGLE_USERNAME and KAGGLE_KEY, or put its kaggle.json into ~/.kaggle",
    "kaggle://org/model/keras/base/1": "KAGGLE_USERNAME and KAGGLE_KEY",
    "hf://org/model": "set HF_TOKEN, or run: hf auth login",
    "org/model": "set HF_TOKEN, or run: hf auth login",
}


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("preset", PRESETS)
def test_a_hub_that_requires_credentials_raises_with_instructions(
    hubs_at: Callable[[str], None], preset: str, status: int
) -> None:
    with _served(_refusing(status)) as address:
        hubs_at(address)
        with pytest.raises(ValueError, match=f"could not be loaded.*{PRESETS[preset]}") as caught:
            keras_adapter.load(preset)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_hub_that_does_not_answer_is_given_up_in_time(
    hubs_at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, preset: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # It takes connections and says nothing.
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        hubs_at(address)
        monkeypatch.setattr(hub, "_TIMEOUT", 0.5)
        start = time.monotonic()
        with pytest.raises(ValueError, match=f"{address} does not answer .* pass its folder"):
            keras_adapter.load(preset)
        assert time.monotonic() - start < 10


def test_a_hub_that_answers_and_then_says_nothing_is_given_up(
    hubs_at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = threading.Event()

    class Stopping(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.end_headers()

        def do_POST(self) -> None:
            waiting.wait(timeout=30)

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            """Keeps the tests' output free of requests."""

    monkeypatch.setattr(kaggle_timeout, "_TIMEOUT", 0.5)
    with _served(Stopping) as address:
        hubs_at(address)
        start = time.monotonic()
        with pytest.raises(ValueError, match=r"could not be loaded.*timed out.*stopped answering"):
            keras_adapter.load("gemma2_2b_en")
        assert time.monotonic() - start < 10
        waiting.set()


@pytest.mark.parametrize("offline", [True, False])
def test_a_checkpoint_of_hugging_face_is_that_of_its_folder(
    hubs_at: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: pathlib.Path,
    offline: bool,
) -> None:
    repository = tmp_path / "models--org--chat"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("0123")
    shutil.copytree(CHECKPOINTS / "llama", repository / "snapshots" / "0123")
    hubs_at("http://127.0.0.1:1")  # Nothing answers there.
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", offline)
    lm = keras_adapter.load("hf://org/chat")
    expected = keras_adapter.load(CHECKPOINTS / "llama")
    for prompt in ("The 123 foxes", *CHATS):
        assert lm.encode(prompt, " eggs") == expected.encode(prompt, " eggs")
    assert lm.context_length == expected.context_length
