"""Handles the requests of a view's page, which arrive as messages of the widget."""

import dataclasses
import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from seqsal.attribution.selection import Ranges
from seqsal.models.progress.tasks import CancelledError, current_task
from seqsal.notebook.view.score_source import ScoreSource, Versus
from seqsal.notebook.view.worker import Worker
from seqsal.shared.resources import frontend_file

Response = tuple[Any, list[bytes]]
"""A JSON value, and binary buffers that are sent with it."""
Send = Callable[..., None]
"""Called as send(message, buffers), from any thread."""

_log: Final = logging.getLogger(__name__)


def handle_message(
    message: Mapping[str, Any], source: ScoreSource, worker: Worker, send: Send
) -> None:
    """Handles one message of the page; `host/notebook/channel.ts` defines the protocol.

    Args:
        message: the message.
        source: provides the answers, tokens and scores.
        worker: runs the request.
        send: sends a message to the page.
    """
    kind, request_id = message.get("type"), message.get("id", "")
    if kind == "hello":
        send({"type": "welcome"})
    elif kind == "cancel":
        worker.cancel(request_id)
    elif kind == "ask":
        send({"type": "heard", "id": request_id})
        run = functools.partial(
            _respond, source, request_id, message["what"], message["input"], send
        )
        worker.submit(request_id, run, functools.partial(_send_progress, request_id, send))


def _send_progress(request_id: str, send: Send, event: str, details: Mapping[str, Any]) -> None:
    send({"type": "progress", "id": request_id, "value": {"event": event, **details}})


def _respond(
    source: ScoreSource, request_id: str, what: str, arguments: Mapping[str, Any], send: Send
) -> None:
    try:
        value, buffers = _HANDLERS[what](source, arguments)
    except ValueError as error:
        send({"type": "error", "id": request_id, "reason": str(error)})
    except CancelledError:
        raise
    except Exception as error:
        _log.exception("A request of the page failed: %s", what)
        reason = f"{type(error).__name__}: {error} (See the log of the kernel.)"
        send({"type": "error", "id": request_id, "reason": reason})
    else:
        send({"type": "answer", "id": request_id, "value": value}, buffers)


def _generate(source: ScoreSource, arguments: Mapping[str, Any]) -> Response:
    stop = [arguments["stop"]] if arguments.get("stop") else None
    answers = source.answers(arguments["prompt"], stop)
    several = len(answers) > 1
    candidates = [{"text": a.text, "score": a.logprob if several else None} for a in answers]
    return {"candidates": candidates}, []


def _tokenize(source: ScoreSource, arguments: Mapping[str, Any]) -> Response:
    encoding = source.sequence(arguments["prompt"], arguments["target"])
    return {
        "tokens": list(encoding.pieces),
        "special": list(encoding.special),
        "ids": list(encoding.ids),
        "messages": [span.to_json() for span in encoding.messages],
        "thinking": [list(block) for block in encoding.thinking],
        "omitted": [list(part) for part in encoding.omitted],
    }, []


def _salience(source: ScoreSource, arguments: Mapping[str, Any]) -> Response:
    """Returns the scores as one buffer of float32: selections x methods x tokens."""
    selections = [_ranges(selection) for selection in arguments["selections"]]
    text, methods = (arguments["prompt"], arguments["target"]), arguments.get("methods")
    segments, through = _ranges(arguments.get("segments")), bool(arguments.get("through"))
    contrasted: Mapping[str, Any] = {}
    if versus := _versus(arguments):
        row, contrast = source.contrast(
            *text, selections[0], versus, methods or (), segments, through=through
        )
        scores = [row]
        contrasted = {"logprobs": list(contrast.logprobs), "shared": contrast.shared}
    else:
        scores = source.scores(*text, selections, methods, segments, through=through)
    methods = [name for name in source.methods if all(name in row for row in scores)]
    numbers = np.array([[row[method] for method in methods] for row in scores], np.float32)
    return {"methods": methods, "count": len(scores), **contrasted}, [numbers.tobytes()]


def _totals(source: ScoreSource, arguments: Mapping[str, Any]) -> Response:
    text, selection = (arguments["prompt"], arguments["target"]), _ranges(arguments["selection"])
    through = bool(arguments.get("through"))
    return {"totals": source.totals(*text, selection, arguments["methods"], through=through)}, []


def _removals(source: ScoreSource, arguments: Mapping[str, Any]) -> Response:
    """Reports the effect of each removal as progress, as soon as it is known."""
    effects = source.removal_effects(
        arguments["prompt"],
        arguments["target"],
        _ranges(arguments["selection"]),
        [_ranges(removal) for removal in arguments["removals"]],
        _ranges(arguments["segments"]),
        _versus(arguments),
        through=bool(arguments.get("through")),
    )
    task = current_task()
    for index, effect in enumerate(effects):
        task.raise_if_cancelled()
        task.report("result", index=index, effect=effect)
    return {}, []


def _alternatives(source: ScoreSource, arguments: Mapping[str, Any]) -> Response:
    text, position = (arguments["prompt"], arguments["target"]), int(arguments["position"])
    found = source.alternatives(*text, position)
    return {"alternatives": [dataclasses.asdict(each) for each in found]}, []


def _ranges(value: Sequence[Sequence[int]] | None) -> Ranges:
    return tuple((int(start), int(end)) for start, end in value or ())


def _versus(arguments: Mapping[str, Any]) -> Versus | None:
    versus = arguments.get("versus")
    return None if versus is None else Versus(versus["text"], versus["token"])


def _logprobs(source: ScoreSource, arguments: Mapping[str, Any]) -> Response:
    return {"logprobs": source.logprobs(arguments["prompt"], arguments["target"])}, []


def _script(source: ScoreSource, arguments: Mapping[str, Any]) -> Response:
    """Returns the script of the saved page, which keeps its controls without a kernel."""
    del source, arguments
    return frontend_file("seqsal-view.js").read_text(encoding="utf-8"), []


_HANDLERS: Final[dict[str, Callable[[ScoreSource, Mapping[str, Any]], Response]]] = {
    "generate": _generate,
    "tokenize": _tokenize,
    "salience": _salience,
    "totals": _totals,
    "removals": _removals,
    "alternatives": _alternatives,
    "logprobs": _logprobs,
    "script": _script,
}
"""Request handlers by the name that `host/notebook/host.ts` uses."""
