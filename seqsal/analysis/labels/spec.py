"""Rules for labels by name, as on the command line."""

import dataclasses
import pathlib
from collections.abc import Mapping
from typing import Any, Final

from seqsal.analysis.labels.lines import LineLabels
from seqsal.analysis.labels.pattern import PatternLabels
from seqsal.analysis.labels.roles import RoleLabels
from seqsal.analysis.labels.rule import LabelRule
from seqsal.analysis.labels.template import TemplateLabels

_RULES: Final[dict[str, Any]] = {
    rule.kind: rule for rule in (LineLabels, RoleLabels, PatternLabels, TemplateLabels)
}
"""The classes of the rules of seqsal, by kind."""


def find_rule(labels: str | LabelRule) -> LabelRule:
    """Returns a rule for labels.

    Args:
        labels: lines; roles; template:FILE, a text file with {placeholders}; pattern:EXPRESSION
            with named groups; or a rule.

    Raises:
        ValueError: there is no such rule, its file cannot be read, or its expression is wrong.
    """
    if not isinstance(labels, str):
        return labels
    kind, _, value = labels.partition(":")
    if labels == "lines":
        return LineLabels()
    if labels == "roles":
        return RoleLabels()
    if kind == "pattern" and value:
        return PatternLabels(value)
    if kind == "template" and value:
        return TemplateLabels(_read(pathlib.Path(value).expanduser()))
    raise ValueError(
        "labels must be lines, roles, template:FILE or pattern:EXPRESSION; got"
        f" {labels!r}. A template is a text file with {{placeholders}}."
    )


def rule_of(settings: Mapping[str, str]) -> LabelRule:
    """Returns the rule that has some settings, as `LabelRule.settings` returns them.

    Raises:
        ValueError: it is none of the rules of seqsal.
    """
    rule = _RULES.get(settings.get("kind", ""))
    names = [field.name for field in dataclasses.fields(rule)] if rule else []
    if rule and settings.keys() >= set(names):
        found: LabelRule = rule(**{name: settings[name] for name in names})
        return found
    raise ValueError(f"There is no rule for labels with the settings {dict(settings)}.")


def _read(path: pathlib.Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ValueError(
            f"The template {path} cannot be read: {error.strerror}. Check the path."
        ) from None
    except UnicodeDecodeError as error:
        raise ValueError(
            f"The template {path} is not UTF-8 text: byte {error.start} is"
            f" {error.object[error.start]:#04x}. Save it as UTF-8."
        ) from None
