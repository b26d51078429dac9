"""LIT's own server with several kinds of models, in its own process.

    python -m tests.e2e.lit_servers groups

Each has layouts named "ours" and "stock", for our module and LIT's over the same models.
"""

import functools
import os
import pathlib
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from lit_nlp import dev_server
from lit_nlp.api import dataset as lit_dataset
from lit_nlp.api import layout as lit_layout
from lit_nlp.api import model as lit_model
from lit_nlp.api import types as lit_types

import seqsal
from seqsal.lit.client import root as client
from seqsal.models import embedded
from tests import tiny
from tests.e2e import classifying, custom_group

_lit = lit_layout.LitModuleName

RECORDS = [
    {
        "source": "with-target",
        "prompt": "Taste-likes: Cheese\nTaste-dislikes: Can't eat eggs\n"
        "Suggestion: Omelette\nAnalysis:",
        "target": " A dish of eggs.\nRecommendation: Avoid.",
    },
    {
        "source": "without-target",
        "prompt": "Taste-likes: Fish 🐟\nTaste-dislikes: Soup\nSuggestion: Chowder\nAnalysis:",
        "target": "",
    },
]


def prompts() -> lit_dataset.Dataset:
    """Returns a dataset with the fields of LIT's own prompt examples."""
    fields = {
        "source": lit_types.CategoryLabel(),
        "prompt": lit_types.TextSegment(),
        "target": lit_types.TextSegment(),
    }
    return lit_dataset.Dataset(spec=fields, examples=RECORDS)


def layouts() -> dict[str, lit_layout.LitCanonicalLayout]:
    """Returns a layout with our module, and the same one with LIT's."""
    left = {"Examples": [_lit.DataTableModule], "Editor": [_lit.SingleDatapointEditorModule]}
    modules = {
        "ours": ["seqsal-module"],
        "stock": ["sequence-salience-module"],
        "custom": ["potato-module", "seqsal-module"],
        "many": ["seqsal-aggregate"],
    }
    return {
        name: lit_layout.LitCanonicalLayout(left=left, upper={"Salience": upper})
        for name, upper in modules.items()
    }


def _embedded() -> tuple[Any, Any]:
    """Returns the model that ships with seqsal, and its tokenizer.

    In float32: LIT's wrapper would otherwise compute in the bfloat16 of the checkpoint, where the
    scores of both are only similar.
    """
    import torch
    import transformers

    path = embedded.path("small")
    return (
        transformers.AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32),
        transformers.AutoTokenizer.from_pretrained(path, padding_side="left"),
    )


def ours(name: str) -> dict[str, lit_model.Model]:
    """Returns our model group over a model in memory."""
    from seqsal.lit.model_group import make_group
    from seqsal.models.causal_lm import GenerationOptions
    from seqsal.models.transformers import HFCausalLM

    return make_group(
        name, HFCausalLM(*_embedded()), generation=GenerationOptions(max_new_tokens=40)
    )


def stock_transformers(name: str) -> dict[str, lit_model.Model]:
    """Returns LIT's own model group over Transformers."""
    from lit_nlp.examples.prompt_debugging import transformers_lms

    model, tokenizer = _embedded()
    model.framework = "pt"  # LIT 1.3.1 reads it; Transformers 5 no longer has it.
    return dict(
        transformers_lms.initialize_model_group_for_salience(
            name, model=model, tokenizer=tokenizer, max_length=120
        )
    )


def build_with_custom_module() -> str:
    """Returns the folder of a LIT build with a custom module."""
    folder = pathlib.Path(tempfile.mkdtemp())
    shutil.copytree(client.stock_client_root(), folder, dirs_exist_ok=True)
    own = pathlib.Path(__file__).with_name("custom_module.js").read_text(encoding="utf-8")
    with (folder / "main.js").open("a", encoding="utf-8") as script:
        script.write(f"\n{own}")
    return str(folder)


def groups() -> dict[str, Any]:
    """Returns a server with our model group, LIT's over Transformers, and a custom one."""
    return {
        "models": {
            **ours("ours"),
            **stock_transformers("lit"),
            **custom_group.group("hand"),
        },
        "client_root": seqsal.client_root(base=build_with_custom_module()),
    }


def keras(backend: str) -> dict[str, Any]:
    """Returns a server with LIT's model group over Keras, on one of its backends."""
    os.environ["KERAS_BACKEND"] = backend
    import keras_hub
    from lit_nlp.examples.prompt_debugging import keras_lms

    from tests.models.keras import checkpoints

    home = pathlib.Path(tempfile.mkdtemp()) / "llama"
    checkpoints.save_tokenizer(home, "llama")
    tiny.model("llama").save_pretrained(home)
    model = keras_hub.models.CausalLM.from_preset(str(home))
    # LIT's own initialize_model_group_for_salience raises where it is given a loaded model.
    kinds = {
        "lit": keras_lms.KerasGenerationModel,
        "_lit_tokenizer": keras_lms.KerasTokenizerModel,
        "_lit_salience": keras_lms.KerasSalienceModel,
    }
    return {
        "models": {name: kind(model=model, max_length=90) for name, kind in kinds.items()},
        "client_root": seqsal.client_root(),
    }


def classifier() -> dict[str, Any]:
    """Returns a server for a classifier, with LIT's modules for one, and a language model."""
    modules = [
        _lit.ClassificationModule,
        _lit.ConfusionMatrixModule,
        _lit.MetricsModule,
        "seqsal-module",
    ]
    page = lit_layout.LitCanonicalLayout(
        left={
            "Examples": [_lit.DataTableModule],
            "Embeddings": [_lit.EmbeddingsModule],
        },
        upper={str(module): [module] for module in modules},
    )
    return {
        "models": {
            "tone": classifying.Tone(),
            **seqsal.get_models(["ours:embedded:small"], max_new_tokens=40),
        },
        "datasets": {"reviews": classifying.reviews()},
        "layouts": {"ours": page},
        "client_root": seqsal.client_root(),
    }


SERVERS: dict[str, Callable[[], dict[str, Any]]] = {
    "groups": groups,
    "keras-tensorflow": functools.partial(keras, "tensorflow"),
    "keras-torch": functools.partial(keras, "torch"),
    "classifier": classifier,
}


def main() -> None:
    """Prints the address, and serves."""
    port = _free_port()
    usual = {"datasets": {"prompts": prompts()}, "layouts": layouts(), "default_layout": "ours"}
    server = dev_server.Server(**(usual | SERVERS[sys.argv[1]]()), port=port)
    print(f"http://127.0.0.1:{port}/", flush=True)
    server.serve()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
