"""Maps exceptions to HTTP responses and log entries."""

import dataclasses
import secrets
from typing import Final

from absl import logging

from seqsal.lit.app.active_tasks import ShuttingDownError, TimeLimitError
from seqsal.models.progress.tasks import CancelledError

_DETAILS: Final = "\n\nDetails: "
"""LIT's page shows the part of the body before this separator as the title of an error."""


@dataclasses.dataclass(frozen=True)
class ErrorResponse:
    """The response to a request that raised an exception.

    Attributes:
        status: the HTTP status.
        reason: what went wrong, and what to do.
        reference: identifies the entry in the server's log.
    """

    status: int
    reason: str
    reference: str

    @property
    def body(self) -> str:
        """The reason and the reference, in the format that LIT's page reads."""
        return f"{self.reason}{_DETAILS}reference {self.reference}"


def error_response(error: Exception, path: str) -> ErrorResponse:
    """Returns the response to a request that raised an exception, and logs the exception.

    A ValueError is about the user's input, and its message is written for the user. Any other
    exception is a bug: its traceback goes to the log, under the reference in the response.
    """
    reference = secrets.token_hex(4)
    if isinstance(error, TimeLimitError):
        return ErrorResponse(503, str(error), reference)
    if isinstance(error, ShuttingDownError | CancelledError):
        return ErrorResponse(503, str(ShuttingDownError()), reference)
    if isinstance(error, ValueError):
        logging.info("%s: %s (reference %s)", path, error, reference)
        return ErrorResponse(400, str(error), reference)
    logging.error("%s failed (reference %s)", path, reference, exc_info=error)
    reason = (
        f"Something went wrong in the server ({type(error).__name__})."
        f" Its log has the details under reference {reference}."
    )
    return ErrorResponse(500, reason, reference)
