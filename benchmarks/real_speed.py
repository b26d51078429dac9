"""Generation and selections with real weights: SmolLM2-135M-Instruct.

    python -m benchmarks.real_speed --peers .venv-peers/bin/python

Tokens per second of greedy generation, next to the `generate` of Transformers on the same weights
in the same process, and to llama.cpp on the quantized file (benchmarks/peers.txt). A first and a
second selection, next to LIT's wrapper. The run fails if the answers of the first two differ, or
if llama.cpp cuts texts into other tokens.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from typing import Any, Final

NEW_TOKENS: Final = 64
REPEATS: Final = 3
_NOTE: Final = "The ferry to the island leaves at nine in the morning from the second pier. "
PROMPTS: Final = {
    length: _NOTE * (length // 16) + "Peter repairs clocks.\n\nThis is a story about Peter."
    for length in (64, 512)
}
"""By the approximate number of tokens."""
TEXTS: Final = (
    "The fox likes cheese, not 12 eggs.",
    "  two  spaces   and\n\n\nline breaks\t",
    "ok 👍🏽 👩‍👩‍👧 🇩🇪! 我喜欢奶酪。 لا آكل البيض",
    "for i in range(10):\n        print(f'{i:03d}')\n",
    "In 2024, 12 eggs cost 3.50, and 100000 people came at 10:45.",
)


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peers", default="", help="the Python with llama.cpp; empty: without it")
    parser.add_argument("--work", nargs=2, help="internal: GGUF file, output")
    arguments = parser.parse_args()
    if arguments.work:
        _work_llama_cpp(*arguments.work)
        return
    from benchmarks import measure

    rows = _generation(arguments.peers)
    print(measure.table(["prompt", "tool", "tokens per second", "ratio"], rows))
    print()
    print(measure.table(["tokens", "tool", "first selection", "second"], _selections()))


def _generation(peers: str) -> list[list[str]]:
    import torch

    from benchmarks import real_models
    from seqsal.models.causal_lm import GenerationOptions
    from seqsal.models.transformers.loading import load

    folder = str(real_models.folder("smollm2"))
    lm, half = load(folder, precision="float32"), load(folder)
    options = GenerationOptions(max_new_tokens=NEW_TOKENS)
    rows, theirs = [], _llama_cpp(peers) if peers else None
    if theirs is not None:
        for text, ids in zip(TEXTS, theirs["tokens"], strict=True):
            own = lm.tokenizer(text, add_special_tokens=False)["input_ids"]
            if own != ids:
                raise RuntimeError(f"llama.cpp cuts {text!r} into other tokens: {ids}, not {own}.")
    for name, prompt in PROMPTS.items():
        encoding = lm.encode(prompt)
        ids = torch.tensor([encoding.ids])

        def plain(ids: Any = ids) -> list[int]:
            with torch.no_grad():
                output = lm.model.generate(
                    ids,
                    attention_mask=torch.ones_like(ids),
                    max_new_tokens=NEW_TOKENS,
                    do_sample=False,
                )
            return list(output[0, ids.shape[1] :].tolist())

        def own(model: Any = lm, encoding: Any = encoding) -> list[int]:
            (answer,) = model.generate([encoding], options)[0]
            return list(answer.encoding.ids)

        runs: dict[str, Callable[[], list[int]]] = {
            "Transformers": plain,
            "seqsal, float32 weights": own,
            "seqsal, float16 weights (the default)": lambda: own(half),
        }
        speeds = dict.fromkeys(runs, 0.0)
        answers: dict[str, list[int]] = {}
        for _ in range(REPEATS):
            for tool, run in runs.items():
                start = time.perf_counter()
                answers[tool] = run()
                seconds = time.perf_counter() - start
                speeds[tool] = max(speeds[tool], len(answers[tool]) / seconds)
        one, other, *_ = answers.values()
        if one[: len(other)] != other:
            raise RuntimeError("The greedy answers of Transformers and seqsal differ.")
        if theirs is not None:
            speeds["llama.cpp, Q4_1 weights"] = theirs["speeds"][str(name)]
        for tool, speed in speeds.items():
            ratio = speed / speeds["Transformers"]
            rows.append([f"{len(encoding)} tokens", tool, f"{speed:.1f}", f"{ratio:.2f}"])
    return rows


def _selections() -> list[list[str]]:
    import transformers

    from benchmarks import contenders, measure, real_models

    folder, rows = real_models.folder("smollm2"), []
    texts = [f"{number} {PROMPTS[512]}" for number in range(3)]
    for tool, make in contenders.ALL.items():
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype="float32").eval()
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        count = len(tokenizer(texts[0])["input_ids"])
        found, _ = measure.two_selections(make(model, tokenizer), texts, count, 8)
        rows.append([str(count), tool, f"{found['first_s']:.2f} s", f"{found['second_s']:.2f} s"])
    return rows


def _llama_cpp(peers: str) -> dict[str, Any]:
    from seqsal.models.checkpoints import known

    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        file = known.assemble(known.MODELS["smollm2"], scratch)
        output = scratch / "output.json"
        command = [peers, "-m", "benchmarks.real_speed", "--work", str(file), str(output)]
        subprocess.run(command, check=True, stdout=sys.stderr, stderr=subprocess.DEVNULL)
        return dict(json.loads(output.read_text()))


def _work_llama_cpp(file: str, output: str) -> None:
    import os

    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path, parameters.n_ctx = file, 2048
    parameters.cpuparams.n_threads = os.cpu_count()
    server = xllamacpp.Server(parameters)

    def post(path: str, **fields: Any) -> Any:
        body, headers = json.dumps(fields).encode(), {"Content-Type": "application/json"}
        request = urllib.request.Request(server.listening_address + path, body, headers)
        with urllib.request.urlopen(request) as response:
            return json.loads(response.read())

    tokens = [
        post("/tokenize", content=text, add_special=False, parse_special=False)["tokens"]
        for text in TEXTS
    ]
    speeds = {}
    for name, prompt in PROMPTS.items():
        best = 0.0
        for _ in range(REPEATS):
            start = time.perf_counter()
            answer = post(
                "/completion",
                prompt=prompt,
                n_predict=NEW_TOKENS,
                temperature=0,
                cache_prompt=False,
            )
            seconds = time.perf_counter() - start
            best = max(best, answer["tokens_predicted"] / seconds)
        speeds[name] = best
    pathlib.Path(output).write_text(json.dumps({"tokens": tokens, "speeds": speeds}))


if __name__ == "__main__":
    main()
