"""The tables of the store, the same in SQLite and PostgreSQL.

Results and answers have a number `used` that grows with each use: a counter of the store's own,
since a clock can be set back.
"""

from typing import Any, Final

import sqlalchemy as sa

VERSION_1: Final = 1
"""The version of these tables where no migration has been written yet."""


class ExactText(sa.types.TypeDecorator[str]):
    """Text to the byte. PostgreSQL's own text takes no NUL, and neither takes half a surrogate."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> bytes | None:
        """Returns what is written."""
        return None if value is None else value.encode("utf-8", "surrogatepass")

    def process_result_value(self, value: bytes | None, dialect: Any) -> str | None:
        """Returns what was written."""
        return None if value is None else bytes(value).decode("utf-8", "surrogatepass")


metadata = sa.MetaData()

schema_version = sa.Table(
    "schema_version", metadata, sa.Column("version", sa.Integer, nullable=False)
)

prompts = sa.Table(
    "prompts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("dataset", ExactText, nullable=False, index=True),
    sa.Column("source", ExactText, nullable=False),
    sa.Column("prompt", ExactText, nullable=False),
    sa.Column("target", ExactText, nullable=False),
    sa.Column("created", sa.String, nullable=False),
    sqlite_autoincrement=True,
)
"""What users added or edited; `key` is of dataset, prompt and target."""

answers = sa.Table(
    "answers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("model", ExactText, nullable=False),
    sa.Column("prompt", ExactText, nullable=False),
    sa.Column("answer", ExactText, nullable=False),
    sa.Column("token_ids", sa.LargeBinary, nullable=False),
    sa.Column("pieces", sa.LargeBinary, nullable=False),
    sa.Column("special", sa.LargeBinary, nullable=False),
    sa.Column("logprob", sa.Double),
    sa.Column("created", sa.String, nullable=False),
    sa.Column("bytes", sa.Integer, nullable=False),
    sa.Column("used", sa.BigInteger, nullable=False, index=True),
    sa.UniqueConstraint("key", "number"),
    sqlite_autoincrement=True,
)
"""Answers by model, options and prompt; `number` counts the samples of one prompt."""

results = sa.Table(
    "results",
    metadata,
    sa.Column("key", sa.LargeBinary, primary_key=True),
    sa.Column("scores", sa.LargeBinary, nullable=False),
    sa.Column("bytes", sa.Integer, nullable=False),
    sa.Column("used", sa.BigInteger, nullable=False, index=True),
)
"""Salience by model, sequence, selection and methods, and log-probabilities by model, sequence and
places: arrays of numbers, whatever they say. So tables of any version hold both."""
