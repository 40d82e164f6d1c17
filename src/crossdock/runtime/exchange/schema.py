"""The tables of the exchange, as SQL for a side's first migration."""

from importlib.resources import files


def schema() -> str:
    """Return the SQL that creates the exchange's sequence, tables and indexes."""
    return files(__package__).joinpath("schema.sql").read_text(encoding="utf-8")
