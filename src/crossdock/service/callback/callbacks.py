"""What stores call: word that a request waits, and questions for stock and tracking numbers.

Served under `/callbacks/{store}/…` and, for stores that name themselves by a header or parameter, under any other path
that the app mounts it at. Every call is signed, the two GETs over their empty body.
Source: Shopify, "Build for fulfillment services", steps 2, 8 and 9.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from crossdock.dialects.operation import Call, Json, Operation, Unreadable, WireError
from crossdock.dialects.registry import DIALECTS
from crossdock.dialects.shopify.callback import (
    FETCH_STOCK,
    FETCH_TRACKING_NUMBERS,
    NOTIFY,
    SHOP_DOMAIN,
    SIGNATURE,
    WEBHOOK_ID,
    callback_named,
)
from crossdock.domain.work import FetchStock, FetchTrackingNumbers
from crossdock.runtime.connection import Pool
from crossdock.runtime.exchange.messages import IncomingMessage, new_message_id
from crossdock.runtime.http.incoming import answer, read_body
from crossdock.runtime.json import BadJson, read_json, write_json
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.runtime.secrets import Vault
from crossdock.service.database.stores import Store, secret_purpose
from crossdock.service.dispatch import reads
from crossdock.service.dispatch.dispatcher import Dispatcher
from crossdock.service.handlers.pulling import HearNotification
