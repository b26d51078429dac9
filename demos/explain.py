"""Prints the words of a prompt that a model's answer depends on, without a server.

python demos/explain.py
python demos/explain.py --path /path/to/checkpoint --prompt "Two and two are" --target " four"
"""

import argparse
import math

import seqsal

WIDTH = 40


def main() -> None:
    """Prints a bar for each word before the explained text."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--path", default="embedded:small")
    parser.add_argument(
        "--prompt", default="Taste-likes: Cheese\nTaste-dislikes: Can't eat eggs\nAnalysis:"
    )
    parser.add_argument("--target", help="the text to explain; default: the model's own answer")
    parser.add_argument("--html", help="a file to write as an interactive page")
    arguments = parser.parse_args()

    result = seqsal.explain(arguments.path, arguments.prompt, arguments.target, max_new_tokens=30)
    words = [word for word in result.segments("words") if math.isfinite(word.score)]
    strongest = max((abs(word.score) for word in words), default=1)
    print(f"Words that speak for (#) and against (-) {result.target!r}:\n")
    for word in words:
        bar = "#" if word.score > 0 else "-"
        print(f"{word.text!r:>20} {bar * round(WIDTH * abs(word.score) / strongest)}")
    if arguments.html:
        result.to_html(arguments.html)


if __name__ == "__main__":
    main()
