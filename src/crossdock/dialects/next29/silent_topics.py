"""Topics that can be subscribed to and that nothing here ever causes: apps ask for them, and would not start refused.

Source: 29 Next, webhook events; `customer.redacted`: its changelog of 2026-06-08.
"""

from collections.abc import Mapping

# The actions of each object.
_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "cart": ("abandoned",),
    "customer": ("created", "updated", "redacted"),
    "dispute": ("created", "updated"),
    "export": ("created",),
    "gateway": ("created", "updated"),
    "subscription": ("created", "updated"),
    "ticket": ("created", "updated"),
    "transaction": ("created", "updated"),
}
SILENT: frozenset[str] = frozenset(f"{thing}.{action}" for thing, actions in _ACTIONS.items() for action in actions)
