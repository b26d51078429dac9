"""Prompts that users add or edit on LIT's page: stored, and visible to every client."""

from collections.abc import Mapping, Sequence
from typing import Any

from lit_nlp.api import dataset as lit_dataset

from seqsal.lit.added_prompts import AddedPrompts
from seqsal.lit.app.predictions import PredictionsApp


class AddedExamplesApp(PredictionsApp):
    """LIT's app with a store for added examples, so that they survive a restart."""

    def __init__(self, *args: Any, added: AddedPrompts | None = None, **options: Any) -> None:
        """Initializes the app.

        Args:
            *args: as in LIT.
            added: stores the added prompts; None to store nothing.
            **options: as in `PredictionsApp`.
        """
        self._added = added
        super().__init__(*args, **options)

    @property
    def dataset_names(self) -> list[str]:
        """The names of the datasets that the page offers."""
        return [name for name in self._datasets if not name.startswith("_")]

    def add_examples(self, dataset_name: str, examples: Sequence[Mapping[str, Any]]) -> list[str]:
        """Adds examples to a dataset, for pages that are opened from now on.

        An example that the dataset already has is not added again.

        Args:
            dataset_name: one of the datasets.
            examples: with the fields of the dataset.

        Returns:
            the id of each example, in order.
        """
        dataset = self._datasets[dataset_name]
        given = {each["id"]: each for each in dataset.index_inputs([dict(x) for x in examples])}
        new = [each for each_id, each in given.items() if each_id not in dataset.index]
        self._set_examples(dataset_name, [*dataset.indexed_examples, *new])
        return list(given)

    def _set_examples(self, dataset_name: str, examples: Sequence[Any]) -> None:
        dataset = self._datasets[dataset_name]
        self._datasets[dataset_name] = lit_dataset.IndexedDataset(
            base=dataset, indexed_examples=list(examples), id_fn=dataset.id_fn
        )
        self._info = self._build_metadata()

    def _get_info(self, data: Any, **kw: Any) -> Any:
        info = super()._get_info(data, **kw)
        if self._added is None or not (fault := self._added.fault):
            return info
        return {**info, "pageTitle": f"{info['pageTitle']} (not saving: {fault})"}

    def _get_dataset(self, data: Any, dataset_name: Any = None, **kw: Any) -> Any:
        self._load_added(dataset_name)
        return super()._get_dataset(data, dataset_name, **kw)

    def _reconstitute_inputs(self, inputs: Any, dataset_name: Any) -> Any:
        ids = [example for example in inputs if isinstance(example, str)]
        if not all(each in self._datasets[dataset_name].index for each in ids):
            self._load_added(dataset_name)  # Another process of this server may have added them.
        index = self._datasets[dataset_name].index
        if unknown := [each for each in ids if each not in index]:
            raise ValueError(f"The dataset {dataset_name!r} has no example {unknown[0][:60]!r}.")
        return super()._reconstitute_inputs(inputs, dataset_name)

    def _annotate_new_data(self, data: Any, dataset_name: Any = None, **kw: Any) -> Any:
        """Returns new examples with their ids, after storing those that are prompts."""
        if self._added is None or dataset_name not in self._datasets:
            return super()._annotate_new_data(data, dataset_name, **kw)
        self._load_added(dataset_name)
        dataset = self._datasets[dataset_name]
        self._added.set_sources(dataset, data["inputs"])
        self._added.add(dataset_name, dataset, data["inputs"])
        # Another process may have stored one of them meanwhile, with another source. The id depends
        # on the source, and the one in the store is that of every process.
        self._load_added(dataset_name)
        self._added.set_sources(self._datasets[dataset_name], data["inputs"])
        return super()._annotate_new_data(data, dataset_name, **kw)

    def _load_added(self, dataset_name: Any) -> None:
        """Updates a dataset to the stored prompts: other processes add some and delete some."""
        if self._added is None or dataset_name not in self._datasets:
            return
        if deleted := self._added.deleted(dataset_name):
            examples = self._datasets[dataset_name].indexed_examples
            self._set_examples(dataset_name, [x for x in examples if x["id"] not in deleted])
        if missing := self._added.missing(dataset_name, self._datasets[dataset_name]):
            self.add_examples(dataset_name, missing)
