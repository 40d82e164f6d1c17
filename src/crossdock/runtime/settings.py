"""What an installation may choose, read from the environment."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Words = Annotated[tuple[str, ...], NoDecode]


def default_data() -> Path:
    """Return the folder for data where the platform keeps those of programs."""
    if os.geteuid() == 0:
        # Others may enter it, which PostgreSQL needs where it cannot run as root in disguise; root's home is closed.
        return Path("/var/lib/crossdock")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "crossdock"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "crossdock"


class WarehouseAddress(BaseModel):
    """A postal address, by the names that the domain has for its parts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address1: str
    address2: str | None = None
    city: str
    province_code: str | None = None
    zip: str | None = None
    country_code: str
    phone: str | None = None


class Settings(BaseSettings):
    """The settings of one process. Each is an environment variable CROSSDOCK_NAME; lists are separated by commas.

    DATABASE_URL and SERVICE_DATABASE_URL have no prefix; without them the embedded PostgreSQL is used.
    """

    model_config = SettingsConfigDict(
        env_prefix="CROSSDOCK_", env_ignore_empty=True, frozen=True, extra="ignore", populate_by_name=True
    )

    database_url: str | None = Field(default=None, validation_alias=AliasChoices("database_url", "DATABASE_URL"))
    service_database_url: str | None = Field(
        default=None, validation_alias=AliasChoices("service_database_url", "SERVICE_DATABASE_URL")
    )
    data: Path = Field(default_factory=default_data)
    pg_bin: Path | None = None
    """The folder of PostgreSQL's programs; without it they are looked for."""
    secret_keys: Words = ()
    """Keys that encrypt secrets at rest, "id:base64 of 32 bytes", the one in use first."""
    public_url: str | None = None
    """How others reach this side, for the URLs that we give away."""
    network_domain: str | None = None
    """The store side: below which domain (and port) 29 Next's apps reach stores, as {subdomain}.{this}; without it, by
    the domain that the shop was made with."""
    allow_private_addresses: Words = ()
    """Hosts and address ranges that outgoing calls may reach although they are not public."""
    allow_http: bool = False
    """Outgoing calls may go without TLS."""
    app_client_id: str | None = None
    """The service side: as which app shops let us in, and the app's secret."""
    app_client_secret: SecretStr | None = None
    app_scopes: Words = ()
    """What we ask shops for; without it, all that the work needs."""
    app_transport: Literal["graphql", "rest"] = "graphql"
    """How shops that let us in are asked."""
    store_addresses: Words = ()
    """Shops under other hosts than the platform's that may let us in, "shop's domain=its address"."""
    next29_client_id: str | None = None
    """The service side: as which partner app 29 Next's stores let us in, and the app's secret."""
    next29_client_secret: SecretStr | None = None
    next29_scopes: Words = ()
    """What we ask 29 Next's stores for; without it, all that the work needs."""
    warehouse_address: WarehouseAddress | None = None
    """Where our warehouse is, as JSON: some stores make a location of it."""
    statement_timeout: float = Field(default=30.0, ge=0)
    """Seconds after which a statement of a web process is ended, and its call answered 503; 0: never."""
    metrics_token: SecretStr | None = None
    """Who shows it is shown /metrics; without it, this machine alone."""
    sandbox: bool = False
    limits: bool = True
    """The platforms' rate limits are held."""

    @property
    def shown_for_metrics(self) -> str | None:
        """The token that /metrics is shown for."""
        return None if self.metrics_token is None else self.metrics_token.get_secret_value()

    @field_validator(
        "secret_keys", "allow_private_addresses", "app_scopes", "next29_scopes", "store_addresses", mode="before"
    )
    @classmethod
    def _words(cls, value: object) -> object:
        return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value
