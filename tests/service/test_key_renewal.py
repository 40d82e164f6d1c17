"""The key that encrypts the secrets of connected stores is replaced."""

from crossdock.cli import renewing
from crossdock.cli.sides import SERVICE
from crossdock.runtime.secrets import Vault, new_key
from crossdock.service.database.stores import secret_purpose, token_purpose
from tests.service.fake_store import TOKEN
from tests.service.warehouse import SETTINGS, Warehouse


async def test_after_a_renewal_stores_are_known_by_the_new_key_alone(idle: Warehouse, service_database: str) -> None:
    pool, key = idle.service.pool, new_key("next")
    await pool.execute("UPDATE stores SET previous_secret = secret")
    keys = (key, *SETTINGS.secret_keys)
    settings = SETTINGS.model_copy(update={"secret_keys": keys, "service_database_url": service_database})
    for renewed in (3, 0):
        assert await renewing.keys(SERVICE, settings, renew=True) == (
            [
                f"{renewed} secrets renewed, 0 not readable",
                "key next (in use): 3 secrets",
                "key test: no secret, can be removed from CROSSDOCK_SECRET_KEYS",
            ],
            True,
        )
    row = await pool.fetchrow("SELECT * FROM stores")
    assert row is not None
    vault, domain = Vault([key]), row["shop_domain"]
    assert vault.decrypt(row["access_token"], purpose=token_purpose(domain)) == TOKEN
    for stored in (row["secret"], row["previous_secret"]):
        assert vault.decrypt(stored, purpose=secret_purpose(domain)) == vault.decrypt(
            row["secret"], purpose=secret_purpose(domain)
        )
