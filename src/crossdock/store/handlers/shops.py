"""What a merchant sets for the whole shop."""

from collections.abc import Mapping

from crossdock.domain.shops import SetRequestDelay, check_request_delay
from crossdock.runtime.connection import Connection
from crossdock.store.handlers.context import CommandHandler, WriteContext


async def set_request_delay(connection: Connection, command: SetRequestDelay, context: WriteContext) -> None:
    """Raises: Invalid."""
    check_request_delay(command.delay)
    seconds = None if command.delay is None else round(command.delay.total_seconds())
    await connection.execute(
        "UPDATE shops SET request_after = $2, updated_at = $3 WHERE id = $1", context.shop_id, seconds, context.at
    )


COMMANDS: Mapping[type, CommandHandler] = {SetRequestDelay: set_request_delay}
