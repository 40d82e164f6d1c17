"""How a service hears its 29 Next stores: unsigned word that a request waits, and signed webhooks.

The word is anybody's, so it is a hint to look and nothing more. A webhook's signature is made over the text that
Python's `json.dumps` makes of its body, and receivers in the wild make that text anew; mostly it is what was sent.
Source: 29 Next, fulfillment service guide, "Location Callback"; webhooks, signature.
"""

from crossdock.dialects.asking import Heard, Hearing, Told
from crossdock.dialects.next29.callback import CALLBACKS, SIGNATURE, STORE, callback_named, verify
from crossdock.dialects.next29.fields import whole_body
from crossdock.dialects.next29.partings import UNINSTALLED
from crossdock.dialects.operation import Json


def _named(heard: Heard) -> str | None:
    """Return the store's subdomain. A header that has the whole network domain means the same."""
    name = heard.header(STORE)
    return name.strip().lower().partition(".")[0] if name else None


def _told(_heard: Heard, body: Json) -> Told:
    """Read what a webhook is: its envelope says."""
    fields = whole_body(body)
    return Told(topic=fields.text("event_type") or "webhook", id=fields.text("event_id") or None)


HEARING = Hearing(
    calls=CALLBACKS,
    call_named=callback_named,
    named=_named,
    signed=False,
    own_secret=True,
    signature=SIGNATURE,
    verify=verify,
    told=_told,
    # What is to be shipped changes without a call to the location, too.
    topics=(UNINSTALLED, "order.updated", "fulfillment.created"),
    farewell=UNINSTALLED,
)
