"""Tokenizers of keras-hub and ways to load, which are the same on every backend."""

import http.server
import os
import pathlib
import socket
import tarfile
import threading
import time
import zipfile
from collections.abc import Iterator
from typing import Any

import keras
import keras_hub
import pytest
from huggingface_hub import constants

from seqsal.models import keras as keras_adapter
from seqsal.models.keras import archives, hubs
from seqsal.models.keras.lm import KerasCausalLM
from seqsal.models.keras.tokens import KerasTokens
from tests import tiny
from tests.models.keras.checkpoints import ARCHITECTURES

CHECKPOINTS = pathlib.Path(os.environ["SEQSAL_TEST_CHECKPOINTS"])


def _load(path: Any, **choices: Any) -> KerasCausalLM:
    return keras_adapter.load(path, **choices)


# Tokenizers.


@pytest.fixture(params=ARCHITECTURES, scope="module")
def preprocessor(request: pytest.FixtureRequest) -> keras_hub.models.CausalLMPreprocessor:
    """The preprocessor that keras-hub itself makes of a checkpoint."""
    folder = str(CHECKPOINTS / request.param)
    return keras_hub.models.CausalLM.from_preset(folder).preprocessor


@pytest.mark.parametrize("name", tiny.EXACT_TEXTS)
def test_tokens_joined_are_the_text_to_the_byte(
    preprocessor: keras_hub.models.CausalLMPreprocessor, name: str
) -> None:
    text = tiny.EXACT_TEXTS[name]
    encoding = KerasTokens(preprocessor.tokenizer).encode(text)
    assert encoding.text == text
    assert encoding.special == (True,) + (False,) * (len(encoding) - 1)
    # The ids are those that keras-hub would generate from.
    batch = preprocessor.generate_preprocess([text], sequence_length=120)
    ids, mask = (keras.ops.convert_to_numpy(batch[k])[0] for k in ("token_ids", "padding_mask"))
    assert list(encoding.ids) == ids[mask.astype(bool)].tolist()


def test_words_are_on_the_tokens_that_stand_for_them(
    preprocessor: keras_hub.models.CausalLMPreprocessor,
) -> None:
    tokenizer = preprocessor.tokenizer
    encoding = KerasTokens(tokenizer).encode("def add(a, b):\n    return 卵 fox")
    for token, piece, special in zip(encoding.ids, encoding.pieces, encoding.special, strict=True):
        name = tokenizer.id_to_token(token)
        if not special and name.isascii() and name.isalpha():
            assert piece.strip() == name


@pytest.mark.parametrize("name", tiny.EXACT_TEXTS)
def test_decoded_pieces_joined_are_the_text(
    preprocessor: keras_hub.models.CausalLMPreprocessor, name: str
) -> None:
    tokens = KerasTokens(preprocessor.tokenizer)
    prefix = tokens.encode("Taste:")
    text = tiny.EXACT_TEXTS[name].replace("</s>", "").replace("<s>", "")
    whole = tokens.encode("Taste:" + text)
    if whole.ids[: len(prefix)] != prefix.ids:
        return  # The first word goes on in the text.
    rest = whole.ids[len(prefix) :]
    assert "".join(tokens.continuation(rest, prefix.ids).pieces) == text


def test_a_character_of_several_tokens_goes_to_the_first(
    preprocessor: keras_hub.models.CausalLMPreprocessor,
) -> None:
    encoding = KerasTokens(preprocessor.tokenizer).encode("x🙂y")
    place = encoding.pieces.index("🙂")
    assert encoding.pieces[place + 1 : place + 4] == ("", "", "")


def test_what_a_tokenizer_rewrites_is_laid_over_the_text() -> None:
    tokenizer = keras_hub.models.CausalLM.from_preset(str(CHECKPOINTS / "gemma"))
    tokens = KerasTokens(tokenizer.preprocessor.tokenizer)
    ids = tokens.encode("The fox").ids[1:]
    assert "".join(tokens._pieces(ids, "The  fox")) == "The  fox"


# Folders and objects.


def test_a_folder_that_is_not_there_and_a_preset_that_is_not_known_are_told() -> None:
    with pytest.raises(ValueError, match="No model at '/no/such/folder': there is no such folder"):
        _load("/no/such/folder")
    with pytest.raises(ValueError, match="Did you mean .*gemma2_2b_en"):
        _load("gemma2_2b")


def test_a_damaged_folder_is_told(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="No causal language model could be loaded from"):
        _load(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "unheard-of"}')
    with pytest.raises(ValueError, match="no converter .* 'unheard-of'|reason given"):
        _load(tmp_path)


def test_a_model_without_a_tokenizer_is_told() -> None:
    model = keras_hub.models.CausalLM.from_preset(str(CHECKPOINTS / "llama"), preprocessor=None)
    with pytest.raises(ValueError, match="A model with a tokenizer is needed; Llama3CausalLM has"):
        _load(model)
    with pytest.raises(ValueError, match="token embedding"):
        model.preprocessor = keras_hub.models.CausalLM.from_preset(
            str(CHECKPOINTS / "gemma")
        ).preprocessor
        model.backbone = keras.Sequential([keras.layers.Dense(2)])
        _load(model)


@pytest.mark.parametrize(
    ("option", "value"),
    [("attention", "eager"), ("device", "cuda"), ("chat_template", True), ("precision", "int8")],
)
def test_options_that_keras_does_not_have_are_told(option: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"{option}.*--dl_framework=transformers"):
        _load(CHECKPOINTS / "llama", **{option: value})


def test_a_sequence_that_does_not_fit_into_memory_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    lm = _load(CHECKPOINTS / "llama")
    monkeypatch.setattr(type(lm._runtime), "free_bytes", lambda _: 20_000)
    with pytest.raises(ValueError, match="Salience of 90 tokens needs about .* GB are free"):
        lm.trace([7] * 90)


# The web.


@pytest.fixture
def site(tmp_path: pathlib.Path) -> Iterator[tuple[str, pathlib.Path]]:
    """The address of a web server, and the folder it serves."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(tmp_path))  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            """Keeps the tests' output free of requests."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", tmp_path
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
    expected = _load(CHECKPOINTS / "llama").encode("The fox")
    assert _load(url).encode("The fox") == expected
    file.unlink()
    assert _load(url).encode("The fox") == expected


def test_an_archive_that_is_none_is_told(
    site: tuple[str, pathlib.Path], tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, folder = site
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(ValueError, match="Could not download .*404"):
        _load(f"{address}/nothing.zip")
    (folder / "text.zip").write_text("no archive")
    with pytest.raises(ValueError, match="not a readable archive"):
        _load(f"{address}/text.zip")
    with zipfile.ZipFile(folder / "empty.zip", "w") as zipped:
        zipped.writestr("a.txt", "a")
    with pytest.raises(ValueError, match=r"must hold a config\.json"):
        _load(f"{address}/empty.zip")
    with pytest.raises(ValueError, match="must end with .tar.gz"):
        archives.fetch(f"{address}/model.rar")


def test_a_hub_that_lets_nobody_in_says_where_credentials_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hubs, "_check_answers", lambda handle: None)

    def refuse(preset: str) -> None:
        raise ValueError(f"Preset {preset} has no config.json. Make sure ... permissions")

    monkeypatch.setattr(keras_hub.models.CausalLM, "from_preset", refuse)
    with pytest.raises(ValueError, match="KAGGLE_USERNAME and KAGGLE_KEY, or put its kaggle.json"):
        _load("gemma2_2b_en")
    with pytest.raises(ValueError, match="set HF_TOKEN, or run: hf auth login"):
        _load("hf://google/gemma-2b")


class _Gated(http.server.BaseHTTPRequestHandler):
    """A hub that answers as Hugging Face does for a model whose terms were not accepted."""

    def do_HEAD(self) -> None:
        self.send_response(401)
        self.send_header("X-Error-Code", "GatedRepo")
        self.send_header("X-Error-Message", "Access to model org/model is restricted.")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD

    def log_message(self, *_: object) -> None:
        """Keeps the tests' output free of requests."""


def test_a_gated_model_of_hugging_face_says_where_credentials_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Gated) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        template = constants.HUGGINGFACE_CO_URL_TEMPLATE
        monkeypatch.setenv("HF_ENDPOINT", address)
        monkeypatch.setattr(
            constants,
            "HUGGINGFACE_CO_URL_TEMPLATE",
            template.replace(constants.ENDPOINT, address),
        )
        monkeypatch.setattr(constants, "ENDPOINT", address)
        try:
            with pytest.raises(ValueError, match="401 Client.*set HF_TOKEN, or run: hf auth login"):
                _load("org/model")
        finally:
            server.shutdown()
            thread.join()


def test_a_hub_that_does_not_answer_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # It takes connections and says nothing.
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("HF_ENDPOINT", address)
        monkeypatch.setattr(hubs, "_PATIENCE", 0.5)
        start = time.monotonic()
        with pytest.raises(ValueError, match=f"{address} does not answer .* give its folder"):
            _load("org/model")
        assert time.monotonic() - start < 5
