"""What a merchant sets for the whole shop."""

from collections.abc import Mapping
from functools import reduce
from operator import and_

from crossdock.dialects.registry import DIALECTS
from crossdock.domain.shops import DelayLimits, SetRequestDelay
from crossdock.runtime.connection import Connection
from crossdock.store.handlers.context import CommandHandler, WriteContext

PLATFORMS = """
    SELECT DISTINCT platform FROM apps
    WHERE shop_id = $1 AND installed_at IS NOT NULL AND uninstalled_at IS NULL
"""


async def delay_limits(connection: Connection, shop_id: int) -> DelayLimits:
    """Return what every platform whose apps the shop has lets it set."""
    rows = await connection.fetch(PLATFORMS, shop_id)
    return reduce(and_, (DIALECTS[row["platform"]].request_delays for row in rows), DelayLimits())


async def set_request_delay(connection: Connection, command: SetRequestDelay, context: WriteContext) -> None:
    """Raises: Invalid."""
    (await delay_limits(connection, context.shop_id)).check(command.delay)
    seconds = None if command.delay is None else round(command.delay.total_seconds())
    await connection.execute(
        "UPDATE shops SET request_after = $2, updated_at = $3 WHERE id = $1", context.shop_id, seconds, context.at
    )


COMMANDS: Mapping[type, CommandHandler] = {SetRequestDelay: set_request_delay}
