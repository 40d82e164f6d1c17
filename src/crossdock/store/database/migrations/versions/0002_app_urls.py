"""Where an app's pages are, and where the install flow may send the browser back to."""

from crossdock.runtime.postgres.revision import execute

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    execute("ALTER TABLE apps ADD COLUMN app_url text, ADD COLUMN redirect_urls text[] NOT NULL DEFAULT '{}'")
