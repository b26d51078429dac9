"""A look at all records before the work starts: how many there are, and whether the rules fit."""

import dataclasses
from collections.abc import Iterable

from seqsal.analysis.expressions import SlowExpressionError
from seqsal.analysis.labels.lines import LineLabels
from seqsal.analysis.labels.rule import LabelRule, Part, PromptText
from seqsal.analysis.records import InputRecord
from seqsal.analysis.settings import SettingError, Settings
from seqsal.shared.messages import CALLS, TOOLS, parse_messages, plain_text


@dataclasses.dataclass
class Survey:
    """What the records of a data set look like.

    Attributes:
        total: lines that are not blank.
        malformed: those that are no records.
        unfit: records that the rule for labels does not fit.
        labelled: records in which something has a label.
    """

    total: int = 0
    malformed: int = 0
    unfit: int = 0
    labelled: int = 0


def survey(
    name: str, records: Iterable[InputRecord], settings: Settings, *, accept_slow: bool = True
) -> Survey:
    """Returns counts of a data set's records.

    Args:
        name: the name of the data set.
        records: the records, which are read once.
        settings: the rules.
        accept_slow: whether a record on which an expression takes too long is one that the rule
            does not fit, as in a long run; otherwise it is an error, as for a person who waits.

    Raises:
        SettingError: the rule for labels fits no record or finds nothing in any, every record has
            a target and the selection is in none, or an expression is too slow.
        ValueError: there is no record.
    """
    found, unlabelled, unselected = Survey(), "", ""
    selected = 0
    for record in records:
        found.total += 1
        if record.error:
            found.malformed += 1
            continue
        try:
            labels = settings.labels.find(_approximate_text(record))
            found.labelled += bool(labels.spans)
        except ValueError as error:
            if isinstance(error, SlowExpressionError) and not accept_slow:
                raise SettingError("labels", str(error)) from None
            found.unfit += 1
            unlabelled = unlabelled or _at(record, error)
        if settings.answers == "generate" or not record.target:
            selected += 1  # It is not known before the model answers.
            continue
        try:
            settings.select.characters(record.target)
            selected += 1
        except ValueError as error:
            if isinstance(error, SlowExpressionError) and not accept_slow:
                raise SettingError("select", str(error)) from None
            unselected = unselected or _at(record, error)
    well_formed = found.total - found.malformed
    if not well_formed:
        raise ValueError(
            f"The data set {name!r} has no record that can be read: {found.malformed} lines are"
            " malformed. Expected JSON objects with a prompt, one a line."
        )
    if found.unfit == well_formed:
        raise SettingError("labels", f"The labels fit no record of {name!r}. {unlabelled}")
    _check_labelled(name, found, settings.labels)
    if not selected:
        raise SettingError("select", f"The selection is in no answer of {name!r}. {unselected}")
    return found


def _check_labelled(name: str, found: Survey, rule: LabelRule) -> None:
    if not found.labelled and not isinstance(rule, LineLabels):
        raise SettingError(
            "labels",
            f"The labels match nothing in any of {found.total - found.malformed} records of"
            f" {name!r}: {dict(rule.settings)}. Correct the expression, or choose other labels.",
        )


def _at(record: InputRecord, error: ValueError) -> str:
    return f"Line {record.line}: {error}"


def _approximate_text(record: InputRecord) -> PromptText:
    """Returns the prompt without a model: of messages their contents, joined.

    A chat template may trim contents or leave some out.
    """
    messages = parse_messages(record.prompt)
    if messages is None:
        return PromptText(plain_text(record.prompt), columns=record.columns)
    parts: list[Part] = []
    text = ""
    for message in messages:
        if message.role not in (TOOLS, CALLS):
            parts.append((message.role, len(text), len(text) + len(message.content)))
            text += message.content
    return PromptText(text, tuple(parts), record.columns)
