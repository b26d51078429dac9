"""Prints which words of a prompt a model leaned on, without a server.

python demos/explain.py
python demos/explain.py --path /path/to/checkpoint --prompt "Two and two are" --target " four"
"""

import argparse

from seqsal.models import load_group
from seqsal.options import Options

WIDTH = 40


def main() -> None:
    """Writes a bar for each token of the prompt."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--path", default="embedded:small")
    parser.add_argument(
        "--prompt", default="Taste-likes: Cheese\nTaste-dislikes: Can't eat eggs\nAnalysis:"
    )
    parser.add_argument("--target", help="what to explain; left out: the model's own answer")
    arguments = parser.parse_args()

    models = load_group("model", arguments.path, Options(max_new_tokens=30))
    record = {"prompt": arguments.prompt, "target": arguments.target}
    if not arguments.target:
        (answer,) = models["model"].predict([record])
        record["target"] = answer["response"]
    (scores,) = models["_model_salience"].predict([record])

    print(f"What the model leaned on for {record['target']!r}:\n")
    strongest = max(scores["grad_l2"])
    for token, score in zip(scores["tokens"], scores["grad_l2"], strict=True):
        if score:
            print(f"{token!r:>20} {'#' * round(WIDTH * score / strongest)}")


if __name__ == "__main__":
    main()
