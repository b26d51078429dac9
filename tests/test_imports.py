import subprocess
import sys

import pytest


def _modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_seqsal_loads_no_framework() -> None:
    frameworks = {
        "torch",
        "transformers",
        "keras",
        "tensorflow",
        "jax",
        "lit_nlp",
        "numpy",
        "anywidget",
    }
    assert not frameworks & _modules_after("import seqsal")


def test_import_seqsal_loads_nothing_but_the_standard_library() -> None:
    loaded = _modules_after("import seqsal") - _modules_after("pass")
    packages = {name.partition(".")[0] for name in loaded}
    assert packages - sys.stdlib_module_names == {"seqsal"}


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_help_loads_no_framework_no_server_and_only_the_flags_of_lit(flag: str) -> None:
    code = (
        "import io, contextlib, seqsal.__main__\nwith contextlib.redirect_stdout(io.StringIO()):\n"
    )
    loaded = _modules_after(f"{code}    seqsal.__main__.main(['seqsal', '{flag}'])")
    heavy = {"torch", "transformers", "keras", "tensorflow", "jax", "numpy", "pandas", "uvicorn"}
    assert not {"sqlalchemy", *heavy} & loaded
    lit = {name for name in loaded if name.startswith("lit_nlp.")}
    assert lit == {"lit_nlp.lib", "lit_nlp.lib.flag_helpers", "lit_nlp.server_flags"}


def test_the_checks_above_can_fail() -> None:
    assert "numpy" in _modules_after("import seqsal; seqsal.get_models; import numpy")


def test_every_public_name_can_be_imported() -> None:
    names = "import seqsal\nfor name in seqsal.__all__: getattr(seqsal, name)"
    assert "seqsal.server.application" in _modules_after(names)


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    code = "import seqsal; print(hasattr(seqsal, 'get_model'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
