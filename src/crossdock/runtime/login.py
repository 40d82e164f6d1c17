"""Who may see the pages: users with passwords, sessions kept by the server, forms that only our pages can post."""

from datetime import datetime

from starlette.applications import Starlette  # noqa: F401
from starlette.types import ASGIApp

from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Connection, Pool

SCHEMA = """
CREATE SEQUENCE user_ids;
CREATE TABLE users (
    id             bigint      PRIMARY KEY DEFAULT nextval('user_ids'),
    email          text        NOT NULL,
    name           text        NOT NULL,
    password_hash  text        NOT NULL,
    created_at     timestamptz NOT NULL
);
CREATE UNIQUE INDEX users_email ON users (lower(email));
CREATE TABLE sessions (
    token_hash  bytea       PRIMARY KEY,                        -- SHA-256 of the cookie's token
    user_id     bigint      NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE TABLE login_attempts (
    key       text        PRIMARY KEY,                          -- e-mail or address, hashed
    failures  integer     NOT NULL,
    since     timestamptz NOT NULL
);
"""


def schema() -> str:
    """Return the SQL of users and sessions, for a side's first migration."""
    return SCHEMA


async def add_user(connection: Connection, *, email: str, name: str, password: str, at: datetime) -> int:
    """Add a user and return its id.

    Raises: ValueError for an e-mail that is taken or a password under 10 characters.
    """
    raise NotImplementedError


def require_login(app: ASGIApp, *, pool: Pool, clock: Clock, secret: bytes, needed: bool = True) -> ASGIApp:
    """Wrap the app of a side's pages: /login and /logout are served, all else needs a session.

    Sets `scope["state"]["user"]` (None when no login is needed). Posts from other origins are refused in any case.
    """
    raise NotImplementedError
