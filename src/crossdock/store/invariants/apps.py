"""Who may call."""

from collections.abc import Sequence

from crossdock.runtime.verify import Invariant

INVARIANTS: Sequence[Invariant] = (
    Invariant(
        name="apps_gone",
        says="an app that was uninstalled has no token that is good, and no code for one",
        sql="""
            SELECT a.shop_id, a.id, a.name FROM apps a
            WHERE a.uninstalled_at IS NOT NULL AND (
                EXISTS (
                    SELECT FROM tokens t WHERE t.shop_id = a.shop_id AND t.app_id = a.id AND t.revoked_at IS NULL
                )
                OR EXISTS (SELECT FROM authorization_codes c WHERE c.shop_id = a.shop_id AND c.app_id = a.id)
            )
        """,
    ),
)
