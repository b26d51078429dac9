"""The choice of a backend, without Keras in this process."""

import importlib.util
import subprocess
import sys

import pytest

from seqsal import get_models
from seqsal.models.keras import backend
from seqsal.options import Options


@pytest.mark.parametrize(
    ("runtime", "missing", "extras"),
    [
        ("torch", {"keras", "keras_nlp"}, "keras"),
        ("tensorflow", {"tensorflow"}, "keras"),
        ("jax", {"jax"}, "jax,keras"),
        ("jax", {"keras", "keras_nlp", "jax"}, "jax,keras"),
    ],
)
def test_without_the_extra_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, runtime: str, missing: set[str], extras: str
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name: None if name in missing else real(name)
    )
    with pytest.raises(ValueError, match=r"pip install 'seqsal\[") as caught:
        get_models(["a:/no/such"], dl_framework="kerasnlp", dl_runtime=runtime)
    assert str(caught.value).endswith(f"pip install 'seqsal[{extras}]'")
    assert "\n" not in str(caught.value)


def test_the_command_says_it_in_one_line() -> None:
    hide = (
        "import importlib.util, sys\n"
        "real = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name: None if name == 'keras' else real(name)\n"
        "from seqsal import __main__ as cli\n"
        "cli.main(['seqsal', '--port=0', '--dl_framework=kerasnlp'])\n"
    )
    done = subprocess.run([sys.executable, "-c", hide], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("seqsal: --dl_framework=kerasnlp with")
    assert "pip install 'seqsal[keras]'" in done.stderr.splitlines()[-1]


def test_an_unknown_runtime_raises() -> None:
    with pytest.raises(ValueError, match="one of tensorflow, torch, jax; got 'mxnet'"):
        backend.use("mxnet")


@pytest.mark.parametrize("runtime", ["tensorflow", "jax"])
def test_transformers_on_another_framework_than_torch_raises(runtime: str) -> None:
    with pytest.raises(ValueError, match=f"transformers runs on torch; got dl_runtime='{runtime}'"):
        Options(dl_runtime=runtime)


def test_the_adapter_can_be_imported_without_keras() -> None:
    code = (
        "from seqsal.models import keras\n"
        "import sys\n"
        "print({'keras', 'keras_hub', 'tensorflow', 'torch', 'jax'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
