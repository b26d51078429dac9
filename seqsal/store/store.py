"""The store: saves what it can; a fault of the database never stops the server."""

import dataclasses
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Literal, TypeVar

import sqlalchemy as sa
from absl import logging

from seqsal.attribution.caches.results import ScoreKey
from seqsal.models.arrays import NumpyArray
from seqsal.models.causal_lm import Generation, GenerationOptions
from seqsal.models.progress import timings
from seqsal.store import answers, arrays, eviction, faults, keys, location, prompts, queries
from seqsal.store.database import Database

_RETRY_SECONDS: Final = 10.0
"""Seconds after a fault during which only users' prompts are still tried, so that requests do not
wait for a database that does not respond."""
_MAX_USED_KEYS: Final = 256
_MAX_PENDING_PROMPTS: Final = 10_000
_EVICTION_PARTS: Final = 16
"""Eviction runs after each write of 1/16 of the size limit, and frees 1/16 of it."""

_ERRORS: Final = (sa.exc.SQLAlchemyError, OSError, faults.StoreError, zlib.error, ValueError)
"""Errors of a database, and errors raised when a stored value cannot be decoded."""

Operation = Literal["read", "write"]
T = TypeVar("T")


class Store:
    """Prompts, answers and salience in a database, shared by threads and processes."""

    def __init__(self, url: sa.URL, *, megabytes: float | int) -> None:
        """Opens the database; if that fails, the store retries later.

        Args:
            url: the database, as `location.database_url` returns it.
            megabytes: the maximum size of answers and results; users' prompts do not count.
        """
        self._url, self._max_bytes = url, int(megabytes * 1e6)
        self._database: Database | None = None
        self._lock, self._open_lock = threading.RLock(), threading.Lock()
        self._faults: dict[Operation, faults.StoreError] = {}
        self._retry_after: dict[Operation, float] = {"read": 0.0, "write": 0.0}
        self._pending_prompts: list[tuple[str, prompts.Prompt]] = []
        self._used_keys: set[bytes] = set()
        self._bytes_since_eviction = self._max_bytes  # The first write checks the size.
        self._run("write", lambda _: None, None)

    @property
    def fault(self) -> str:
        """The current fault in a few words; empty if there is none."""
        # No lock: an event loop reads this.
        return next((fault.reason for fault in dict(self._faults).values()), "")

    def of_model(
        self, fingerprint: str, name: str, generation: GenerationOptions, *, marks: bool = False
    ) -> "ModelStore":
        """Returns the part of the store that one model uses.

        Args:
            fingerprint: identifies the weights and the settings that change results.
            name: the display name of the model.
            generation: the options of its answers.
            marks: whether special tokens that mark thinking have a text in its answers.
        """
        return ModelStore(self, fingerprint, name, generation, marks=marks)

    def add_prompts(self, dataset: str, added: Iterable[prompts.Prompt]) -> bool:
        """Stores users' prompts; returns whether they are written.

        Prompts that cannot be written stay pending in memory until a write succeeds.
        """
        with self._lock:
            self._pending_prompts.extend((dataset, each) for each in added)
            del self._pending_prompts[:-_MAX_PENDING_PROMPTS]

        def work(database: Database) -> bool:
            self._write_pending_prompts(database)
            return True

        return self._run("write", work, False, retry_now=True)

    def added_prompts(self, dataset: str) -> list[prompts.Prompt]:
        """Returns the users' prompts of a dataset, oldest first; pending ones included."""
        default: list[prompts.Prompt] = []
        stored = self.read(lambda connection: prompts.of_dataset(connection, dataset), default)
        with self._lock:
            pending = [each for name, each in self._pending_prompts if name == dataset]
        known = {(each.prompt, each.target) for each in stored}
        return [*stored, *(each for each in pending if (each.prompt, each.target) not in known)]

    def deleted_prompts(self, dataset: str, known: Iterable[bytes]) -> set[bytes]:
        """Returns which prompts, by key, are no longer stored; none if that cannot be read.

        Args:
            dataset: the dataset of the prompts.
            known: the keys of prompts that were among `added_prompts`.
        """
        with self._lock:
            pending = {
                keys.of_prompt(name, each.prompt, each.target)
                for name, each in self._pending_prompts
            }
        unknown: set[bytes] | None = None
        stored = self.read(lambda connection: prompts.keys_of_dataset(connection, dataset), unknown)
        return set() if stored is None else set(known) - stored - pending

    def read(self, query: Callable[[sa.Connection], T], default: T) -> T:
        """Returns the result of a query, or the default if the database cannot be read."""

        def work(database: Database) -> T:
            with database.reading() as connection:
                return query(connection)

        return self._run("read", work, default)

    def write(self, add: Callable[[sa.Connection], int]) -> None:
        """Calls `add` in a write transaction; it returns the number of bytes it added."""

        def work(database: Database) -> None:
            self._write_pending_prompts(database)
            with self._lock:
                used, self._used_keys = self._used_keys, set()
                due = self._bytes_since_eviction >= self._max_bytes // _EVICTION_PARTS
                self._bytes_since_eviction = 0 if due else self._bytes_since_eviction
            with database.writing() as connection:
                queries.mark_used(connection, used)
                size = add(connection)
                if due:
                    target = self._max_bytes * (_EVICTION_PARTS - 1) // _EVICTION_PARTS
                    eviction.evict(connection, target)
            with self._lock:
                self._bytes_since_eviction += size

        self._run("write", work, None)

    def mark_used(self, used: Iterable[bytes]) -> None:
        """Marks answers and results as used; batched, and written with the next write."""
        with self._lock:
            self._used_keys.update(used)
            full = len(self._used_keys) >= _MAX_USED_KEYS
        if full:
            self.write(lambda _: 0)

    def close(self) -> None:
        """Writes pending data and closes the database."""
        with self._lock:
            self._retry_after["write"] = 0.0  # This is the last chance to write.
        if self._used_keys or self._pending_prompts:
            self.write(lambda _: 0)
        with self._lock:
            if self._database is not None:
                self._database.close()
            self._database = None

    def _write_pending_prompts(self, database: Database) -> None:
        with self._lock:
            pending = list(self._pending_prompts)
        if not pending:
            return
        with database.writing() as connection:
            for dataset, each in pending:
                prompts.add(connection, dataset, [each])
        with self._lock:
            self._pending_prompts = [each for each in self._pending_prompts if each not in pending]

    def _run(
        self,
        operation: Operation,
        work: Callable[[Database], T],
        default: T,
        *,
        retry_now: bool = False,
    ) -> T:
        """Runs an operation; returns the default if it fails, or if one has just failed."""
        with self._lock:
            now = time.monotonic()
            if now < self._retry_after[operation] and not retry_now:
                return default
            if operation in self._faults:
                # This thread retries; the others do not wait for it.
                self._retry_after[operation] = now + _RETRY_SECONDS
        try:
            with timings.measure("store"):
                result = work(self._open_database())
        except _ERRORS as error:
            self._record_fault(operation, error)
            return default
        if self._faults:
            self._clear_fault(operation)
        return result

    def _open_database(self) -> Database:
        with self._open_lock:
            if self._database is None:
                self._database = Database(self._url)
            return self._database

    def _record_fault(self, operation: Operation, error: Exception) -> None:
        fault = faults.describe(error)
        with self._lock:
            previous = self._faults.get(operation)
            self._faults[operation] = fault
            self._retry_after[operation] = time.monotonic() + _RETRY_SECONDS
            if faults.is_corruption(error) and self._database is not None:
                self._database.close()  # When it is reopened, the damaged file is renamed.
                self._database = None
        if previous is None or previous.reason != fault.reason:
            logging.error(
                "Cannot use the store %s: %s (%s). The server continues without saving.",
                location.display_name(self._url),
                fault.reason,
                fault.details,
            )

    def _clear_fault(self, operation: Operation) -> None:
        with self._lock:
            self._retry_after[operation] = 0.0
            if self._faults.pop(operation, None) and not self._faults:
                logging.error("The store %s works again.", location.display_name(self._url))


class ModelStore:
    """The stored answers, scores and log-probabilities of one model."""

    def __init__(
        self,
        store: Store,
        fingerprint: str,
        name: str,
        generation: GenerationOptions,
        *,
        marks: bool = False,
    ) -> None:
        """Selects the entries of a model; see `Store.of_model` for the arguments."""
        self._store, self._fingerprint, self._name = store, fingerprint, name
        self._generation, self._marks = generation, marks

    def answers(
        self, prompts: Iterable[str], stop: tuple[str, ...] | None = None
    ) -> dict[str, list[Generation]]:
        """Returns the stored answers by prompt, as with `stop` in the options if it is given."""
        by_key = {self._answers_key(prompt, stop): prompt for prompt in prompts}
        default: dict[bytes, list[Generation]] = {}
        found = self._store.read(lambda connection: answers.find(connection, list(by_key)), default)
        self._store.mark_used(found)
        return {by_key[key]: each for key, each in found.items()}

    def add_answers(
        self, added: Mapping[str, Sequence[Generation]], stop: tuple[str, ...] | None = None
    ) -> None:
        """Stores answers by prompt, as with `stop` in the options if it is given."""
        keyed = {self._answers_key(prompt, stop): (prompt, each) for prompt, each in added.items()}
        self._store.write(lambda connection: answers.add(connection, self._name, keyed))

    def scores(
        self, ids: Sequence[int], score_keys: Iterable[ScoreKey]
    ) -> dict[ScoreKey, NumpyArray]:
        """Returns the stored scores of objectives on a sequence, by objective and method.

        The result includes scores that were stored before methods had keys of their own.

        Args:
            ids: the token ids of the sequence.
            score_keys: objectives, each with a method.
        """
        by_key: dict[bytes, ScoreKey] = {}
        packed: dict[bytes, list[tuple[ScoreKey, int]]] = {}
        for score_key in score_keys:
            objective, method = score_key
            by_key[keys.of_scores(self._fingerprint, ids, objective, method)] = score_key
            old_key = keys.of_packed_scores(self._fingerprint, ids, objective)
            if old_key and method.version == 1 and method.name in keys.PACKED_METHODS:
                row = keys.PACKED_METHODS.index(method.name)
                packed.setdefault(old_key, []).append((score_key, row))
        found = self._find_arrays([*by_key, *packed])
        scores: dict[ScoreKey, NumpyArray] = {}
        for key in found.keys() & packed.keys():
            rows = found[key].reshape(len(keys.PACKED_METHODS), -1)
            scores |= {score_key: rows[row] for score_key, row in packed[key]}
        return scores | {by_key[key]: found[key] for key in found.keys() & by_key.keys()}

    def add_scores(self, ids: Sequence[int], added: Mapping[ScoreKey, NumpyArray]) -> None:
        """Stores scores of objectives on a sequence."""
        keyed = {
            keys.of_scores(self._fingerprint, ids, objective, method): scores
            for (objective, method), scores in added.items()
        }
        self._store.write(lambda connection: arrays.add(connection, keyed))

    def logprobs(self, ids: Sequence[int], positions: Sequence[int]) -> NumpyArray | None:
        """Returns the stored log-probabilities of tokens of a sequence, or None."""
        key = keys.of_logprobs(self._fingerprint, ids, positions)
        return self._find_arrays([key]).get(key)

    def add_logprobs(self, ids: Sequence[int], positions: Sequence[int], added: NumpyArray) -> None:
        """Stores the log-probabilities of tokens of a sequence."""
        key = keys.of_logprobs(self._fingerprint, ids, positions)
        self._store.write(lambda connection: arrays.add(connection, {key: added}))

    def _find_arrays(self, array_keys: Sequence[bytes]) -> dict[bytes, NumpyArray]:
        default: dict[bytes, NumpyArray] = {}
        found = self._store.read(lambda connection: arrays.find(connection, array_keys), default)
        self._store.mark_used(found)
        return found

    def _answers_key(self, prompt: str, stop: tuple[str, ...] | None) -> bytes:
        options = dataclasses.asdict(self._generation)
        if stop is not None:
            options["stop"] = stop
        if not options["stop"]:  # Keys were made without it before there were stop texts.
            del options["stop"]
        if self._marks:  # Before there was thinking, such tokens had no text.
            options["marks"] = True
        return keys.of_answers(self._fingerprint, repr(sorted(options.items())), prompt)


def open_store(data_dir: str, megabytes: float | int) -> Store | None:
    """Returns the store for a value of `--data_dir`, or None for off.

    Raises:
        ValueError: the value cannot be a store.
    """
    url = location.database_url(data_dir)
    return None if url is None else Store(url, megabytes=megabytes)
