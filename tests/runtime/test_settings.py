"""Settings come from the environment and do not change afterwards."""

import json
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from crossdock.runtime.settings import Settings

ADDRESS = {"address1": "Kaj 1", "city": "Lund", "zip": "223 50", "country_code": "SE"}
NOT_SAID = {"address2": None, "province_code": None, "phone": None}


def test_an_empty_environment_gives_the_embedded_database_and_strict_outgoing_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("DATABASE_URL", "SERVICE_DATABASE_URL", "CROSSDOCK_DATA"):
        monkeypatch.delenv(name, raising=False)
    settings = Settings()
    assert (settings.database_url, settings.service_database_url) == (None, None)
    assert (settings.allow_http, settings.allow_private_addresses, settings.limits) == (False, (), True)
    assert settings.data.is_absolute()


def test_every_setting_has_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {
        "DATABASE_URL": "postgresql://one",
        "SERVICE_DATABASE_URL": "postgresql://two",
        "CROSSDOCK_DATA": "/srv/crossdock",
        "CROSSDOCK_PG_BIN": "/opt/pg/bin",
        "CROSSDOCK_SECRET_KEYS": "b:QkI=, a:QUE=",
        "CROSSDOCK_PUBLIC_URL": "https://store.example",
        "CROSSDOCK_ALLOW_PRIVATE_ADDRESSES": "10.0.0.0/8,warehouse.internal",
        "CROSSDOCK_ALLOW_HTTP": "true",
        "CROSSDOCK_APP_CLIENT_ID": "ours",
        "CROSSDOCK_APP_CLIENT_SECRET": "hush",
        "CROSSDOCK_APP_SCOPES": "write_inventory, write_fulfillments",
        "CROSSDOCK_APP_TRANSPORT": "rest",
        "CROSSDOCK_STORE_ADDRESSES": "acme.example=http://127.0.0.1:8000",
        "CROSSDOCK_NETWORK_DOMAIN": "stores.example:8000",
        "CROSSDOCK_NEXT29_CLIENT_ID": "theirs",
        "CROSSDOCK_NEXT29_CLIENT_SECRET": "quiet",
        "CROSSDOCK_NEXT29_SCOPES": "orders:read, orders:write",
        "CROSSDOCK_WAREHOUSE_ADDRESS": json.dumps(ADDRESS),
        "CROSSDOCK_STATEMENT_TIMEOUT": "2.5",
        "CROSSDOCK_METRICS_TOKEN": "counted",
        "CROSSDOCK_SANDBOX": "1",
        "CROSSDOCK_LIMITS": "false",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Settings().model_dump() == {
        "database_url": "postgresql://one",
        "service_database_url": "postgresql://two",
        "data": Path("/srv/crossdock"),
        "pg_bin": Path("/opt/pg/bin"),
        "secret_keys": ("b:QkI=", "a:QUE="),
        "public_url": "https://store.example",
        "allow_private_addresses": ("10.0.0.0/8", "warehouse.internal"),
        "allow_http": True,
        "app_client_id": "ours",
        "app_client_secret": SecretStr("hush"),
        "app_scopes": ("write_inventory", "write_fulfillments"),
        "app_transport": "rest",
        "store_addresses": ("acme.example=http://127.0.0.1:8000",),
        "network_domain": "stores.example:8000",
        "next29_client_id": "theirs",
        "next29_client_secret": SecretStr("quiet"),
        "next29_scopes": ("orders:read", "orders:write"),
        "warehouse_address": ADDRESS | NOT_SAID,
        "statement_timeout": 2.5,
        "metrics_token": SecretStr("counted"),
        "sandbox": True,
        "limits": False,
    }


def test_settings_can_be_given_and_do_not_change() -> None:
    settings = Settings(database_url="postgresql://mine", sandbox=True)
    assert (settings.database_url, settings.sandbox) == ("postgresql://mine", True)
    with pytest.raises(ValidationError):
        settings.sandbox = False
