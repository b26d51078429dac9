"""The work on one batch of records, the same whoever runs it: this process, or an actor."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from absl import logging

from seqsal.analysis.attribute import Selected, StageError, attribute, prompt_text, select
from seqsal.analysis.labels.rule import Labels
from seqsal.analysis.records import InputRecord
from seqsal.analysis.settings import Settings
from seqsal.analysis.tables import Rows
from seqsal.attribution.explainer import Explainer
from seqsal.attribution.explainers import get_explainer
from seqsal.models.causal_lm import Encoding
from seqsal.models.progress.tasks import CancelledError

_Key = tuple[str, int]
_Failed = dict[_Key, dict[str, Any]]
"""The rows of failed records, by the key of the record."""


@dataclasses.dataclass
class _Work:
    """A record on its way."""

    record: InputRecord
    labels: Labels
    prompt: Encoding
    answer: str
    generated: bool


class BatchAnalyzer:
    """Maps a batch of records to rows; the rows of a record do not depend on the batch.

    With a path as the model it can be pickled; the model is loaded at the first call.
    """

    def __init__(self, name: str, model: Any, settings: Settings, tokenizer: Any = None) -> None:
        """Loads nothing yet.

        Args:
            name: the name of the model in the rows.
            model: as in `seqsal.explain`.
            settings: how records become rows.
            tokenizer: the tokenizer of a Transformers model in memory.
        """
        self._name, self._model, self._settings = name, model, settings
        self._tokenizer = tokenizer
        self._explainer: Explainer | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Returns what is pickled: all but the loaded model."""
        return {**vars(self), "_explainer": None}

    def __call__(self, batch: Sequence[InputRecord]) -> Rows:
        """Returns the rows of a batch, in its order; a record that fails is a row in `errors`.

        Raises:
            ValueError: the model cannot be loaded, or does not support a method.
        """
        explainer = self.explainer()
        explainer.find_methods(self._settings.methods)
        failed: _Failed = {}
        work: list[_Work] = []
        for record in batch:
            try:
                work.append(self._prepare(explainer, record))
            except StageError as error:
                failed[_key(record)] = self._error_row(record, error)
        self._answer(explainer, work, failed)
        work = [each for each in work if _key(each.record) not in failed]
        with explainer.shared_prefix([each.prompt for each in work]):
            done = self._attribute(explainer, work, failed)
        rows = Rows()
        for record in batch:
            rows.extend(done.get(_key(record), Rows()))
            rows.errors += [failed[_key(record)]] if _key(record) in failed else []
        return rows

    def explainer(self) -> Explainer:
        """Returns the explainer of the model, which is loaded on first use.

        Raises:
            ValueError: the model cannot be loaded.
        """
        if self._explainer is None:
            found = get_explainer(self._model, self._tokenizer, **self._settings.options)
            self._explainer = found.for_many_texts()
        return self._explainer

    def _prepare(self, explainer: Explainer, record: InputRecord) -> _Work:
        """Checks that a record fits, and finds its labels.

        Raises:
            StageError: it is malformed, does not fit, or has no labels.
        """
        stage = "read"
        try:
            if record.error:
                raise ValueError(record.error)
            stage = "encode"
            encoding = explainer.sequence(record.prompt)
            stage = "labels"
            labels = self._settings.labels.find(prompt_text(encoding, record))
        except Exception as error:
            raise StageError(stage, error) from error
        taken = "" if self._settings.answers == "generate" else record.target
        return _Work(record, labels, encoding, taken, not taken)

    def _answer(self, explainer: Explainer, work: Sequence[_Work], failed: _Failed) -> None:
        """Generates the answers that are missing, those of prompts of like length together."""
        missing = [each for each in work if each.generated]
        missing.sort(key=lambda each: (len(each.prompt), each.record.number))
        size = self._settings.batch_size
        for start in range(0, len(missing), size):
            self._answer_group(explainer, missing[start : start + size], failed)

    def _answer_group(self, explainer: Explainer, group: Sequence[_Work], failed: _Failed) -> None:
        """Generates the answers to some records; if that fails, to each half of them."""
        try:
            self._generate(explainer, group)
        except Exception as error:
            if len(group) == 1:
                (one,) = group
                failed[_key(one.record)] = self._error_row(
                    one.record, StageError("generate", error)
                )
                return
            # One of them fails, or all together do not fit into memory.
            middle = len(group) // 2
            self._answer_group(explainer, group[:middle], failed)
            self._answer_group(explainer, group[middle:], failed)

    def _generate(self, explainer: Explainer, group: Sequence[_Work]) -> None:
        answers = explainer.answers_to([each.record.prompt for each in group])
        for each, (answer, *_) in zip(group, answers, strict=True):
            each.answer = answer.text

    def _attribute(
        self, explainer: Explainer, work: Sequence[_Work], failed: _Failed
    ) -> dict[_Key, Rows]:
        """Returns the rows of each record that does not fail."""
        done: dict[_Key, Rows] = {}
        selected: list[Selected] = []
        for each in work:
            try:
                selected.append(
                    select(
                        explainer,
                        each.record,
                        each.labels,
                        self._settings,
                        answer=each.answer,
                        generated=each.generated,
                    )
                )
            except StageError as error:
                failed[_key(each.record)] = self._error_row(each.record, error)
        self._compute_together(explainer, selected)
        for one in selected:
            try:
                done[_key(one.record)] = attribute(explainer, one, self._settings, model=self._name)
            except StageError as error:
                failed[_key(one.record)] = self._error_row(one.record, error)
        return done

    def _compute_together(self, explainer: Explainer, selected: Sequence[Selected]) -> None:
        """Computes the scores of records that begin alike, as far as that is possible."""
        texts = [(each.encoding, each.selection, each.before) for each in selected]
        try:
            explainer.compute_together(texts, self._settings.methods)
        except CancelledError:
            raise
        except (ValueError, RuntimeError) as error:  # A record that it is about fails alone.
            logging.warning("Records are attributed one by one: %s", error)

    def _error_row(self, record: InputRecord, error: StageError) -> dict[str, Any]:
        return {
            "model": self._name,
            "dataset": record.dataset,
            "record": record.number,
            "line": record.line,
            "stage": error.stage,
            "type": type(error.error).__name__,
            "message": str(error.error),
        }


def _key(record: InputRecord) -> _Key:
    return record.dataset, record.number
