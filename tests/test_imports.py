import subprocess
import sys


def _modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_seqsal_loads_no_framework() -> None:
    frameworks = {"torch", "transformers", "keras", "tensorflow", "jax", "lit_nlp", "numpy"}
    assert not frameworks & _modules_after("import seqsal")


def test_the_check_above_can_fail() -> None:
    assert "numpy" in _modules_after("import seqsal; seqsal.get_models; import numpy")


def test_every_public_name_can_be_had() -> None:
    names = "import seqsal\nfor name in seqsal.__all__: getattr(seqsal, name)"
    assert "seqsal.server" in _modules_after(names)


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    code = "import seqsal; print(hasattr(seqsal, 'get_model'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
