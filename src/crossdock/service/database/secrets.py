"""Where the service's secrets lie: by which it is let in at stores, and by which their calls are signed."""

from collections.abc import Sequence

from crossdock.runtime.sealed import Place
from crossdock.service.database.stores import secret_purpose, token_purpose

# A store has no tenant: it is one.
_NONE = "0::bigint"

PLACES: Sequence[Place] = (
    Place(
        table="stores",
        tenant=_NONE,
        stored="access_token",
        put="access_token = fresh",
        owner="shop_domain",
        purpose=token_purpose,
    ),
    Place(
        table="stores", tenant=_NONE, stored="secret", put="secret = fresh", owner="shop_domain", purpose=secret_purpose
    ),
    Place(
        table="stores",
        tenant=_NONE,
        stored="previous_secret",
        put="previous_secret = fresh",
        owner="shop_domain",
        purpose=secret_purpose,
    ),
)
