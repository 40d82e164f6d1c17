"""What GraphQL loads by the list: each loader answers many queries of one kind with a constant number of statements.

The answers stand in the order of the queries; None for what there is not, or what the caller may not see.
"""

from collections.abc import Mapping

from crossdock.store.handlers.context import Loader
from crossdock.store.handlers.graph import (
    apps,
    counts,
    inventory,
    order_lists,
    orders,
    product_lists,
    products,
    webhooks,
)

LOADERS: Mapping[type, Loader] = {
    **orders.LOADERS,
    **order_lists.LOADERS,
    **counts.LOADERS,
    **apps.LOADERS,
    **inventory.LOADERS,
    **products.LOADERS,
    **product_lists.LOADERS,
    **webhooks.LOADERS,
}
