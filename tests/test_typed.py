"""The types that a user's type checker sees in the installed package (py.typed)."""

import re
import subprocess
import sys

import pytest

import seqsal
from tests.conftest import Installed

# Each line that ends with a comment "# error" must be an error of mypy, and no other line.
SCRIPT = """
from typing import assert_type

import seqsal
from seqsal import (
    Analysis,
    Cost,
    GradientMethod,
    IntegratedGradients,
    Lime,
    MethodInfo,
    Options,
    Result,
    analyze,
    client_root,
    compare,
    explain,
    get_datasets,
    get_layouts,
    get_models,
    make_app,
    make_notebook_widget,
    register_method,
    view,
)
from seqsal.notebook.page.page import NotebookWidget
from seqsal.notebook.view.row import Row
from seqsal.notebook.view.widget import SalienceView
from starlette.applications import Starlette

version: str = seqsal.__version__
options: Options = Options(models=("a:/path",), max_new_tokens=5)
models = get_models(["a:/path"], device="cpu", data_dir="off")
result = explain(models, "prompt", "target", select=(0, 3), max_new_tokens=5)
assert_type(result, Result)
assert_type(result.to_json(), str)
assert_type(result.tokens, tuple[str, ...])
info = MethodInfo(name="mine", label="Mine", help="A score.", cost=Cost(backward=1))
register_method(GradientMethod(info, lambda gradients, embeddings: gradients.sum(-1)))
assert_type(explain("a:/path", "prompt", methods=["mine"]).method_info("mine"), MethodInfo)
many = explain("a:/path", "a", methods=[IntegratedGradients(steps=64), Lime(masks=32), "ablation"])
assert_type(explain("a:/path", "a", granularity="lines", versus="b"), Result)
chat = [{"role": "user", "content": "a"}]
assert_type(explain("a:/path", messages=chat, documents=["b"]), Result)
assert_type(explain("a:/path", chat), Result)
assert_type(view("a:/path", messages=chat), SalienceView)
correlation: object = result.faithfulness("words", top=3).attrs["rank_correlation"]
assert_type(view(result, granularity="words"), SalienceView)
assert_type(view("a:/path", "prompt", max_new_tokens=5), SalienceView)
assert_type(compare([result, result]), Row)
assert_type(compare([chat, chat], model="a:/path", tools=[{"name": "b"}], documents=["c"]), Row)
analysis = analyze("a:/path", "records.jsonl", "out", select="last_sentence", max_new_tokens=5)
assert_type(analysis, Analysis)
assert_type(Analysis("out").to_svg(), str)
assert_type(Analysis("out").to_html("report.html", versus=analysis, split="target"), str)
assert_type(analysis.result(3), Result)
assert_type(client_root(), str)
assert_type(make_app(options), Starlette)
assert_type(make_notebook_widget(), NotebookWidget)
dataset_names: list[str] = list(get_datasets(["sample_prompts"], max_examples=3))
layout_names: list[str] = list(get_layouts())
model_names: list[str] = list(models)

seqsal.explian  # error
Options(batchsize=3)  # error
Options(max_new_tokens="5")  # error
get_models(batchsize=3)  # error
get_models(max_new_tokens="5")  # error
explain("a:/path", messages="prompt")  # error
explain("a:/path", "prompt", batchsize=3)  # error
explain("a:/path", "prompt", select=3)  # error
number: int = explain("a:/path", "prompt")  # error
result.to_jsn()  # error
view(result, granularity=3)  # error
explain("a:/path", "prompt", methods=3)  # error
register_method(info)  # error
Lime(mask=3)  # error
MethodInfo(name="mine")  # error
view("a:/path", "prompt", batchsize=3)  # error
compare(result)  # error
compare([chat, chat], tools="b")  # error
analyze("a:/path", "records.jsonl")  # error
analyze("a:/path", "records.jsonl", "out", batchsize=3)  # error
analyze("a:/path", "records.jsonl", "out", max_new_tokens="5")  # error
Analysis(3)  # error
client_root(3)  # error
make_app(models=["a:/path"])  # error
get_datasets(max_examples="3")  # error
get_layouts("left_right")  # error
make_notebook_widget(height="tall")  # error
"""
# Their own types are no concern here, and take minutes to check.
CONFIG = """
[mypy]
strict = True

[mypy-numpy.*,sqlalchemy.*,uvicorn.*,torch.*,transformers.*,keras.*,lit_nlp.*,pandas.*,matplotlib.*,IPython.*,anywidget.*]
follow_imports = skip
ignore_missing_imports = True
"""


@pytest.fixture(scope="module")
def errors(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> dict[int, str]:
    """What mypy reports for the script, by line."""
    folder = tmp_path_factory.mktemp("typed")
    (folder / "script.py").write_text(SCRIPT)
    (folder / "mypy.ini").write_text(CONFIG)
    programs, _ = installed
    command = [sys.executable, "-m", "mypy", f"--python-executable={programs / 'python'}"]
    done = subprocess.run(
        [*command, "script.py"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    found = re.findall(r"^(.+?):(\d+): error: (.+)$", done.stdout, re.MULTILINE)
    assert {path for path, _, _ in found} == {"script.py"}, done.stdout
    return {int(line): message for _, line, message in found}


def test_a_script_with_every_public_name_has_errors_only_where_it_is_wrong(
    errors: dict[int, str],
) -> None:
    assert all(re.search(rf"\b{name}\b", SCRIPT) for name in seqsal.__all__)
    wrong = {n for n, line in enumerate(SCRIPT.splitlines(), 1) if line.endswith("# error")}
    assert wrong == set(errors), errors


def test_an_error_names_the_type_of_a_result(errors: dict[int, str]) -> None:
    (line,) = (n for n, text in enumerate(SCRIPT.splitlines(), 1) if text.startswith("number"))
    assert 'expression has type "Result", variable has type "int"' in errors[line]
