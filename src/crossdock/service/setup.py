"""Making what the service side needs before it can work: connected stores, tokens of its own API."""

from crossdock.runtime.connection import Connection
from datetime import datetime


async def add_service_token(connection: Connection, *, name: str, at: datetime, token: str | None = None) -> str:
    """Add a token of the service's own API and return it; only its hash is kept. A given token is taken once."""
    raise NotImplementedError
