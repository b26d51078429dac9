"""What a person is told of an exception, and what the log is."""

import dataclasses
import secrets
from typing import Final

from absl import logging

from seqsal.lit.app.work import ClosedError, TooLongError
from seqsal.models.progress.tasks import CancelledError

_DETAILS: Final = "\n\nDetails: "
"""LIT's page shows, as an error's title, what stands before this in the body."""


@dataclasses.dataclass(frozen=True)
class Fault:
    """What a person is told of an exception.

    Attributes:
        status: the HTTP status.
        reason: what went wrong, and what to do.
        reference: where the log tells more.
    """

    status: int
    reason: str
    reference: str

    @property
    def body(self) -> str:
        """All of it, as LIT's page reads it."""
        return f"{self.reason}{_DETAILS}reference {self.reference}"


def explain(error: Exception, path: str) -> Fault:
    """Returns what a person is told of an exception.

    A ValueError is about the input, and its message is written for the user. Anything else is
    a fault of the program: its traceback goes to the log, under the reference in the text.
    """
    reference = secrets.token_hex(4)
    if isinstance(error, TooLongError):
        return Fault(503, str(error), reference)
    if isinstance(error, ClosedError | CancelledError):
        return Fault(503, str(ClosedError()), reference)
    if isinstance(error, ValueError):
        logging.info("%s: %s (reference %s)", path, error, reference)
        return Fault(400, str(error), reference)
    logging.error("%s failed (reference %s)", path, reference, exc_info=error)
    reason = (
        f"Something went wrong in the server ({type(error).__name__})."
        f" Its log has the details under reference {reference}."
    )
    return Fault(500, reason, reference)
