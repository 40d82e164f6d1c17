"""The first tables of the service side."""

from importlib import resources

from crossdock.runtime import clock, jobs, login
from crossdock.runtime.exchange import schema as exchange
from crossdock.runtime.postgres.revision import execute

revision = "0001"
down_revision = None


def upgrade() -> None:
    tables = resources.files("crossdock.service.database.migrations") / "tables.sql"
    for script in (clock.schema(), exchange.schema(), jobs.schema(), login.schema(), tables.read_text()):
        execute(script)
