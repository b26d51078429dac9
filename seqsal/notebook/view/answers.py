"""Answers to what the page of a view asks."""

import functools
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from seqsal.models.progress.tasks import CancelledError
from seqsal.notebook.view.texts import ViewTexts
from seqsal.notebook.view.worker import Worker
from seqsal.shared.built import built

Answer = tuple[Any, list[bytes]]
"""A value of JSON, and buffers of bytes beside it."""
Send = Callable[..., None]
"""Called as send(message, buffers), from any thread."""

_log: Final = logging.getLogger(__name__)


def hear(message: Mapping[str, Any], texts: ViewTexts, worker: Worker, send: Send) -> None:
    """Takes a message of the page; `notebook-channel.ts` tells what it says.

    Args:
        message: what the page says.
        texts: answers its questions.
        worker: does so in its thread.
        send: says something to the page.
    """
    kind, name = message.get("type"), message.get("id", "")
    if kind == "hello":
        send({"type": "welcome"})
    elif kind == "cancel":
        worker.cancel(name)
    elif kind == "ask":
        send({"type": "heard", "id": name})
        respond = functools.partial(_respond, texts, name, message["what"], message["input"], send)
        worker.put(name, respond, functools.partial(_tell, name, send))


def _tell(name: str, send: Send, event: str, details: Mapping[str, Any]) -> None:
    send({"type": "progress", "id": name, "value": {"event": event, **details}})


def _respond(
    texts: ViewTexts, name: str, what: str, question: Mapping[str, Any], send: Send
) -> None:
    try:
        value, buffers = answer(texts, what, question)
    except ValueError as error:
        send({"type": "error", "id": name, "reason": str(error)})
    except CancelledError:
        raise
    except Exception as error:
        _log.exception("A question of the page could not be answered.")
        reason = f"{type(error).__name__}: {error} (The kernel's log has more.)"
        send({"type": "error", "id": name, "reason": reason})
    else:
        send({"type": "answer", "id": name, "value": value}, buffers)


def answer(texts: ViewTexts, what: str, question: Mapping[str, Any]) -> Answer:
    """Returns the answer to one question; `notebook-host.ts` of the front end asks them.

    Raises:
        ValueError: the model can not answer; the message is for the page.
        KeyError: there is no such question.
    """
    return _ANSWERS[what](texts, question)


def _generate(texts: ViewTexts, question: Mapping[str, Any]) -> Answer:
    answers = texts.answers(question["prompt"])
    several = len(answers) > 1
    candidates = [{"text": a.text, "score": a.logprob if several else None} for a in answers]
    return {"candidates": candidates}, []


def _tokenize(texts: ViewTexts, question: Mapping[str, Any]) -> Answer:
    encoding = texts.sequence(question["prompt"], question["target"])
    return {
        "tokens": list(encoding.pieces),
        "special": list(encoding.special),
        "ids": list(encoding.ids),
    }, []


def _salience(texts: ViewTexts, question: Mapping[str, Any]) -> Answer:
    """Answers with 32-bit numbers: selections x methods x tokens."""
    selections = [
        tuple((int(start), int(end)) for start, end in selection)
        for selection in question["selections"]
    ]
    scores = texts.scores(question["prompt"], question["target"], selections)
    methods = list(texts.methods)
    numbers = np.array([[row[method] for method in methods] for row in scores], np.float32)
    return {"methods": methods, "count": len(scores)}, [numbers.tobytes()]


def _logprobs(texts: ViewTexts, question: Mapping[str, Any]) -> Answer:
    return {"logprobs": texts.logprobs(question["prompt"], question["target"])}, []


def _script(texts: ViewTexts, question: Mapping[str, Any]) -> Answer:
    """Answers with the script of a page that keeps its controls without a kernel."""
    del texts, question
    return built("seqsal-view.js").read_text(encoding="utf-8"), []


_ANSWERS: Final[dict[str, Callable[[ViewTexts, Mapping[str, Any]], Answer]]] = {
    "generate": _generate,
    "tokenize": _tokenize,
    "salience": _salience,
    "logprobs": _logprobs,
    "script": _script,
}
