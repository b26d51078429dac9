"""Inseq over the records of benchmarks/analyze.py, in a process of the peers' environment.

The model's `generate`, which Inseq calls, too, gives the greedy answer to each prompt. Inseq
attributes each token of it by input x gradient: a forward and a backward pass for each token.
Blocks of prompts come as lines of JSON, so that it takes turns with the other ways. Its tokens are
those of the other ways, or the run fails.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any, Final

from benchmarks.faithfulness.peers import text_of_ids

METHOD: Final = "input_x_gradient"


class Inseq:
    """A process that attributes blocks of prompts; a context manager."""

    def __init__(self, python: str, folder: str, max_new_tokens: int) -> None:
        """Starts nothing yet.

        Args:
            python: of the peers' environment.
            folder: the checkpoint.
            max_new_tokens: most tokens of an answer.
        """
        self._command = [python, "-m", "benchmarks.analyze_peer", folder, str(max_new_tokens)]

    def __enter__(self) -> "Inseq":
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def run(self, prompts: Sequence[Sequence[int]]) -> tuple[float, list[str]]:
        """Returns the seconds that prompts took, and their answers.

        Args:
            prompts: token ids.

        Raises:
            RuntimeError: the process failed.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        print(json.dumps(prompts), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("The process of Inseq failed; its output says why.")
        found = json.loads(line)
        return found["seconds"], found["answers"]


def main() -> None:
    """Attributes the prompts of each line of standard input; runs in the peers' environment."""
    import inseq
    import torch
    import transformers

    results = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # What Inseq prints is no result.
    folder, limit = sys.argv[1], int(sys.argv[2])
    device = "cuda" if torch.cuda.is_available() else "cpu"
    clock = time.perf_counter if device == "cuda" else time.process_time
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype="float32").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    attributing = inseq.load_model(model, METHOD, tokenizer=tokenizer, device=device)
    for number, line in enumerate(sys.stdin):
        prompts = json.loads(line)
        if not number:
            _answer(attributing, prompts[0], limit)  # The first pass of a process takes longer.
        start = clock()
        answers = [_answer(attributing, ids, limit) for ids in prompts]
        print(
            json.dumps({"seconds": clock() - start, "answers": answers}), file=results, flush=True
        )


def _answer(attributing: Any, ids: list[int], limit: int) -> str:
    """Generates the answer to a prompt and attributes it; returns its text."""
    import torch

    given = torch.tensor([ids], device=attributing.device)
    model, tokenizer = attributing.model, attributing.tokenizer
    # By Inseq itself, the answer would have the end token, and no text without special ones.
    (output,) = model.generate(
        given, attention_mask=torch.ones_like(given), max_new_tokens=limit, do_sample=False
    )
    end = model.generation_config.eos_token_id
    ends = set(end if isinstance(end, list) else [end])
    answer = [token for token in output[len(ids) :].tolist() if token not in ends]
    result = attributing.attribute(
        text_of_ids(tokenizer, ids), text_of_ids(tokenizer, ids + answer), show_progress=False
    )
    scores = result.sequence_attributions[0].aggregate().target_attributions
    if scores.shape[1] != len(answer):
        raise RuntimeError("Inseq must attribute the tokens of the answer only.")
    return str(tokenizer.decode(answer, clean_up_tokenization_spaces=False))


if __name__ == "__main__":
    main()
