"""First and second selection on a sequence with Keras, compared with LIT's wrapper for Keras.

    python -m benchmarks.keras_selections --tokens 1024

Each contender runs in its own process, with the same random weights. LIT's wrapper supports
TensorFlow and PyTorch, and raises on JAX. The run fails if the scores differ. "Extra" is the peak
of process memory during both selections on one sequence, above that of the loaded model after a
warm-up.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import numpy as np

from benchmarks import measure

TARGET: Final = 20
TEXTS: Final = 4
"""The first text measures memory and compiles; the others measure time (the best counts)."""
VOCABULARY: Final = 256_000
CONTENDERS: Final = (
    ("tensorflow", "seqsal"),
    ("tensorflow", "lit 1.3.1"),
    ("torch", "seqsal"),
    ("torch", "lit 1.3.1"),
    ("jax", "seqsal"),
)


def main() -> None:
    """Prints a table and writes it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", default="1024")
    parser.add_argument("--backends", default="tensorflow,torch,jax")
    parser.add_argument("--work", nargs=3, help="internal: tool, tokens, output")
    arguments = parser.parse_args()
    if arguments.work:
        tool, tokens, output = arguments.work
        work(tool, int(tokens), pathlib.Path(output))
        return
    contenders = [each for each in CONTENDERS if each[0] in arguments.backends.split(",")]
    lengths = [int(tokens) for tokens in arguments.tokens.split(",")]
    rows = [row for tokens in lengths for row in compare(tokens, contenders)]
    measure.write("keras_selections", rows)
    heads = ["tokens", "backend", "tool", "first selection", "second selection", "extra memory"]
    print(measure.table(heads, [_cells(row) for row in rows]))


def _cells(row: dict[str, Any]) -> list[str]:
    return [str(row["tokens"]), row["backend"], row["tool"], *measure.selection_cells(row)]


def compare(tokens: int, contenders: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Returns a row for each contender, a backend and a tool, at one length.

    Raises:
        RuntimeError: the scores differ.
    """
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for number, (backend, tool) in enumerate(contenders):
            output = pathlib.Path(folder) / f"{number}.json"
            module = [sys.executable, "-m", __spec__.name]
            command = [*module, "--work", tool, str(tokens), str(output)]
            environment = os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "2"}
            subprocess.run(command, env=environment, check=True)
            result = json.loads(output.read_text())
            rows.append({"tokens": tokens, "backend": backend, "tool": tool, **result})
    reference = np.array(rows[0]["scores"])
    for row in rows:
        scores = np.array(row.pop("scores"))
        if not np.allclose(scores, reference, rtol=1e-3, atol=1e-5 * reference.max()):
            worst = abs(scores - reference).max() / reference.max()
            raise RuntimeError(f"{row['tool']} on {row['backend']} differs by {worst:.1e}.")
        lit = next((r for r in rows if r["tool"] != "seqsal" and _same_backend(r, row)), None)
        if lit is not None and lit is not row:
            for what in ("first_s", "second_s", "extra_mb"):
                row[f"{what}_ratio"] = lit[what] / row[what]
    return rows


def _same_backend(row: dict[str, Any], other: dict[str, Any]) -> bool:
    return bool(row["backend"] == other["backend"])


def work(tool: str, tokens: int, output: pathlib.Path) -> None:
    """Measures one contender and writes its measurements and scores."""
    salience = _seqsal() if tool == "seqsal" else _lit()
    options = {"methods": ["grad_l2"]} if tool == "seqsal" else {}

    def explain(text: str, mask: Sequence[float]) -> list[float]:
        record = {"prompt": text, "target": "", "target_mask": mask, **options}
        (result,) = salience.predict([record])
        return [float(score) for score in result["grad_l2"]]

    explain(_text(64, seed=9), [0.0] * 44 + [1.0] * 20)
    texts = [_text(tokens, seed=seed) for seed in range(TEXTS)]
    figures, scores = measure.two_selections(explain, texts, tokens, TARGET)
    output.write_text(json.dumps({**figures, "scores": scores}))


def _seqsal() -> Any:
    from seqsal.lit.model_group import make_group
    from seqsal.models.keras.lm import KerasCausalLM

    return make_group("m", KerasCausalLM(_gemma_like(), _Words()))["_m_salience"]


def _lit() -> Any:
    from lit_nlp.examples.prompt_debugging import keras_lms

    model = _gemma_like()
    model.preprocessor = _Preprocessor()
    return keras_lms.KerasSalienceModel(model=model, max_length=4096)


def _gemma_like() -> Any:
    """Returns a model with Gemma's vocabulary of 256k, 6 layers and a hidden size of 512."""
    import keras_hub

    model = keras_hub.models.GemmaCausalLM(
        backbone=keras_hub.models.GemmaBackbone(
            vocabulary_size=VOCABULARY,
            num_layers=6,
            num_query_heads=8,
            num_key_value_heads=1,
            hidden_dim=512,
            intermediate_dim=2 * 2048,
            head_dim=64,
        ),
        preprocessor=None,
    )
    random = np.random.default_rng(
        0
    )  # The backends have different generators; the weights must be equal.
    for variable in model.backbone.variables:
        if len(variable.shape) > 1:
            variable.assign(random.normal(scale=0.02, size=variable.shape).astype(np.float32))
    return model


def _text(num_tokens: int, *, seed: int) -> str:
    ids = np.random.default_rng(seed).integers(2, VOCABULARY, num_tokens)
    return " ".join(f"t{i}" for i in ids)


class _Words:
    """A tokenizer for seqsal in which the word "t7" is token 7."""

    end_ids = ()
    added_tokens = ()
    special_tokens: Mapping[int, str] = {}

    def encode(self, text: str) -> Any:
        from seqsal.models.causal_lm import Encoding

        words = text.split()
        pieces = [words[0], *(f" {word}" for word in words[1:])]
        return Encoding(tuple(int(w[1:]) for w in words), tuple(pieces), (False,) * len(words))

    def decode(self, ids: Sequence[int], hidden: Collection[int] | None = None) -> str:
        return " ".join(f"t{i}" for i in ids)


class _Preprocessor:
    """The same tokenizer for LIT, as a preprocessor of keras-hub."""

    @property
    def tokenizer(self) -> "_Preprocessor":
        return self

    def id_to_token(self, token: int) -> str:
        return f"t{token}"

    def generate_preprocess(self, texts: Sequence[str], sequence_length: int) -> dict[str, Any]:
        import keras

        ids = np.zeros((len(texts), sequence_length), np.int32)
        for row, text in zip(ids, texts, strict=True):
            words = text.split()
            row[: len(words)] = [int(word[1:]) for word in words]
        return {
            "token_ids": keras.ops.convert_to_tensor(ids),
            "padding_mask": keras.ops.convert_to_tensor(ids > 0),
        }


if __name__ == "__main__":
    main()
