"""Labels: they make the segments of different records comparable."""

from seqsal.analysis.labels.rule import LabelledSpan, LabelRule, PromptText
from seqsal.analysis.labels.spec import find_rule, rule_of

__all__ = ["LabelRule", "LabelledSpan", "PromptText", "find_rule", "rule_of"]
