"""Where the store's secrets lie: of apps, of 29 Next's webhooks, and of messages that outlive these."""

from collections.abc import Sequence

from crossdock.runtime.sealed import Place
from crossdock.store.database.apps import PARTING, SEALED, secret_purpose
from crossdock.store.database.webhooks import webhook_purpose


def _of_app(app_id: str) -> str:
    return secret_purpose(int(app_id))


def _of_webhooks(app_id: str) -> str:
    return webhook_purpose(int(app_id))


PLACES: Sequence[Place] = (
    Place(table="apps", stored="client_secret", put="client_secret = fresh", owner="id", purpose=_of_app),
    Place(table="apps", stored="old_secret", put="old_secret = fresh", owner="id", purpose=_of_app),
    Place(table="webhook_subscriptions", stored="secret", put="secret = fresh", owner="app_id", purpose=_of_webhooks),
    # Of a subscription that ended with its app, whose end it still tells.
    Place(
        table="messages",
        tenant="tenant_id",
        among=f"direction = 'out' AND kind = '{PARTING}'",
        stored=f"command ->> '{SEALED}'",
        put=f"command = command || jsonb_build_object('{SEALED}', fresh)",
        owner="split_part(credential, ':', 2)",
        purpose=_of_webhooks,
    ),
)
