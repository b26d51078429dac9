"""Labels by message and document."""

import dataclasses
from typing import ClassVar

from seqsal.analysis.labels.rule import BuiltInRule, LabelledSpan, Labels, PromptText
from seqsal.shared.messages import DOCUMENT


@dataclasses.dataclass(frozen=True)
class RoleLabels(BuiltInRule):
    """Labels each message with its role, and documents with `document 1`, `document 2`, ..."""

    kind: ClassVar[str] = "roles"

    def find(self, prompt: PromptText) -> Labels:
        """Returns the labels of a prompt.

        Raises:
            ValueError: the prompt has no messages.
        """
        if not prompt.parts:
            raise ValueError(
                "Labels by role need messages; this prompt is plain text. Give the record"
                " `messages`, or choose other labels, such as lines."
            )
        spans, documents = [], 0
        for role, start, end in prompt.parts:
            documents += role == DOCUMENT
            label = f"{DOCUMENT} {documents}" if role == DOCUMENT else role
            if start < end:
                spans.append(LabelledSpan(start, end, label))
        return Labels(tuple(spans))
