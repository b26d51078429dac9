"""The view in a notebook cell, without a server.

`view.py` has the public functions. `widget.py` is the widget, and `content.py` computes what it
shows with answers, tokens and scores from a `score_source.py`: a model (`model_scores.py`) or a
saved result (`saved_scores.py`). `requests.py` serves the page, `worker.py` runs everything in a
thread, and `saved_notebook.py` is for readers without a kernel.
"""
