"""What may be asked while a model runs."""

import threading

import numpy as np

from seqsal.models.transformers import HFCausalLM
from tests import tiny
from tests.objectives import objectives

IDS = [0, 17, 200, 33, 104]


def test_embeddings_are_read_right_while_another_thread_explains() -> None:
    lm = HFCausalLM(tiny.model("llama"), tiny.byte_level_tokenizer())
    expected, done = lm.embed(IDS), threading.Event()
    weights = np.eye(5, dtype=np.float32)[[4]]

    def explain() -> None:
        for _ in range(60):
            lm.trace(tuple(IDS)).gradients(objectives(IDS, weights))
        done.set()

    thread = threading.Thread(target=explain)
    thread.start()
    read = 0
    while not done.is_set() or read < 1000:
        np.testing.assert_array_equal(lm.embed(IDS), expected)
        read += 1
    thread.join()
