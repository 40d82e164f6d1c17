"""No row, id or key of one shop stands in another's."""

from collections.abc import Sequence
from dataclasses import dataclass

from crossdock.runtime.verify import Invariant


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A column that names a row without a foreign key: the row may be gone, or the key would cost too much."""

    table: str
    column: str
    target: str
    key: str = "id"
    owner: str = "shop_id"

    @property
    def sql(self) -> str:
        """Return the rows that name what another shop has, and their own has not."""
        return f"""
            SELECT r.{self.owner} AS shop_id, '{self.table}.{self.column}' AS reference, r.{self.column} AS named
            FROM {self.table} r
            WHERE r.{self.column} IS NOT NULL
                AND NOT EXISTS (
                    SELECT FROM {self.target} t WHERE t.shop_id = r.{self.owner} AND t.{self.key} = r.{self.column}
                )
                AND r.{self.column} IN (SELECT {self.key} FROM {self.target})
        """


REFERENCES = (
    Reference(table="shops", column="primary_location_id", target="locations", owner="id"),
    Reference(table="orders", column="app_id", target="apps"),
    Reference(table="order_lines", column="variant_id", target="variants"),
    Reference(table="order_lines", column="product_id", target="products"),
    Reference(table="order_lines", column="inventory_item_id", target="variants", key="inventory_item_id"),
    Reference(table="fulfillment_orders", column="split_from", target="fulfillment_orders"),
    Reference(table="fulfillment_orders", column="replaces", target="fulfillment_orders"),
    Reference(table="fulfillment_order_lines", column="variant_id", target="variants"),
    Reference(table="fulfillment_order_lines", column="inventory_item_id", target="variants", key="inventory_item_id"),
    Reference(table="fulfillments", column="location_id", target="locations"),
    Reference(table="fulfillment_lines", column="fulfillment_order_id", target="fulfillment_orders"),
    Reference(table="fulfillment_lines", column="fulfillment_order_line_id", target="fulfillment_order_lines"),
    Reference(table="events", column="fulfillment_order_id", target="fulfillment_orders"),
    Reference(table="events", column="fulfillment_id", target="fulfillments"),
    Reference(table="events", column="location_id", target="locations"),
    Reference(table="stock_moves", column="inventory_item_id", target="variants", key="inventory_item_id"),
    Reference(table="stock_moves", column="location_id", target="locations"),
    Reference(table="holds", column="app_id", target="apps"),
    Reference(table="idempotency_keys", column="app_id", target="apps"),
)

INVARIANTS: Sequence[Invariant] = (
    Invariant(
        name="tenancy",
        says="no row names a row of another shop's",
        sql=" UNION ALL ".join(reference.sql for reference in REFERENCES),
    ),
    Invariant(
        name="tenancy_of_messages",
        says="a message about an order is of the shop that has the order",
        sql="""
            SELECT m.tenant_id AS shop_id, m.id, m.subject FROM messages m
            WHERE m.subject LIKE 'order:%' AND NOT EXISTS (
                SELECT FROM orders o
                WHERE o.shop_id = m.tenant_id AND o.id = substr(m.subject, length('order:') + 1)::bigint
            )
        """,
    ),
    Invariant(
        name="tenancy_of_keys",
        says="every table of a shop's is keyed by the shop, and every foreign key between such tables holds it",
        sql="""
            WITH owners AS (
                SELECT attrelid AS relation, attnum AS owner FROM pg_attribute a
                JOIN pg_class c ON c.oid = a.attrelid
                WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
                    AND a.attname IN ('shop_id', 'tenant_id')
            )
            SELECT c.conrelid::regclass::text AS relation, c.conname::text AS constraint
            FROM pg_constraint c
            JOIN owners mine ON mine.relation = c.conrelid
            LEFT JOIN owners theirs ON theirs.relation = c.confrelid
            WHERE (c.contype = 'p' AND c.conkey[1] <> mine.owner)
                OR (c.contype = 'f' AND theirs.owner IS NOT NULL AND NOT EXISTS (
                    SELECT FROM unnest(c.conkey, c.confkey) AS pair (own, foreign_)
                    WHERE pair.own = mine.owner AND pair.foreign_ = theirs.owner
                ))
        """,
    ),
)
