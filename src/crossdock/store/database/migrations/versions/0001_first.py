"""The first tables of the store side."""

from importlib import resources

from crossdock.runtime import clock, jobs, login
from crossdock.runtime.exchange import schema as exchange
from crossdock.runtime.postgres.revision import execute

revision = "0001"
down_revision = None


def upgrade() -> None:
    here = resources.files("crossdock.store.database.migrations")
    tables, chains = ((here / name).read_text() for name in ("tables.sql", "chains.sql"))
    for script in (clock.schema(), exchange.schema(), jobs.schema(), login.schema(), tables, chains):
        execute(script)
