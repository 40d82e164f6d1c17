"""Apps and what they may do. Apps other than the one that asks are seen by those who may read apps.

Source: Shopify GraphQL, App, AppInstallation, currentAppInstallation.
"""

from collections.abc import Awaitable, Iterable, Mapping
from typing import Any

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.context import Asking, Made, as_it_is
from crossdock.dialects.shopify.graphql.errors import denied
from crossdock.dialects.shopify.graphql.field import Field, Resolvers, always
from crossdock.dialects.shopify.graphql.ids import gid, read_gid
from crossdock.dialects.shopify.graphql.sources import InstallationOf
from crossdock.dialects.shopify.scopes import READ_APPS, SCOPES, granted
from crossdock.dialects.shopify.versions import NEWEST
from crossdock.domain.apps import Installation
from crossdock.domain.searching import FindApp


def access_scopes(handles: Iterable[str]) -> list[Json]:
    """Return scopes as AccessScope is read from."""
    return [{"handle": handle, "description": _described(handle)} for handle in handles]


def _described(handle: str) -> str:
    verb, _, what = handle.partition("_")
    return f"{verb.capitalize()} {what.replace('_', ' ')}"


def _found(asking: Asking, field: str, number: int | None, make: Made) -> Awaitable[Any]:
    """Ask for an app, without a number for the one that asks. Raises: TopLevel for another's without the scope."""
    own = asking.caller.app_id or 0
    if number not in {None, own} and READ_APPS not in asking.scopes:
        raise denied(field, [READ_APPS])
    return asking.load(FindApp(app_id=own if number is None else number), make)


def _installed(app: Installation | None) -> InstallationOf | None:
    return InstallationOf(app) if app is not None and app.uninstalled_at is None else None


def _app(_: object, asking: Asking, *, id: str | None = None) -> Awaitable[Any]:
    return _found(asking, "app", None if id is None else read_gid(id, "App").number, as_it_is)


def _installation(_: object, asking: Asking, *, id: str | None = None) -> Awaitable[Any]:
    number = None if id is None else read_gid(id, "AppInstallation").number
    return _found(asking, "appInstallation", number, _installed)


def _current(_: object, asking: Asking) -> Awaitable[Any]:
    return _found(asking, "currentAppInstallation", None, _installed)


def _launch_url(app: Installation, asking: Asking) -> str:
    return app.app_url or asking.base_url


def _scopes_of(app: Installation, asking: Asking) -> list[Json]:
    """Return what an installed app may do; of the one that asks, what its token may."""
    held = asking.scopes if app.id == asking.caller.app_id else granted(app.granted)
    return access_scopes(scope for scope in SCOPES if scope in held)


APP_FIELDS: Resolvers = {
    "QueryRoot": {"app": _app, "appInstallation": _installation, "currentAppInstallation": _current},
    "App": {
        "apiKey": lambda app, _: app.client_id,
        "availableAccessScopes": always(access_scopes(SCOPES)),
        "description": always(None),
        "developerName": always(None),
        "embedded": always(False),
        "handle": lambda app, _: "-".join(app.name.lower().split()),
        "id": lambda app, _: gid("App", app.id),
        "installation": lambda app, _: _installed(app),
        "launchUrl": _launch_url,
        "optionalAccessScopes": always([]),
        "previouslyInstalled": lambda app, _: app.uninstalled_at is not None,
        "requestedAccessScopes": lambda app, _: access_scopes(app.granted),
        "shopifyDeveloped": always(False),
        "title": lambda app, _: app.name,
        "webhookApiVersion": always(NEWEST),
    },
    "AppInstallation": {
        "accessScopes": lambda of, asking: _scopes_of(of.app, asking),
        "app": lambda of, _: of.app,
        "id": lambda of, _: gid("AppInstallation", of.app.id),
        "launchUrl": lambda of, asking: _launch_url(of.app, asking),
        "uninstallUrl": always(None),
    },
}


def _node(make: Made) -> Any:
    return lambda number: lambda asking: _found(asking, "node", number, make)


APP_NODES: Mapping[str, Field] = {"App": Field(_node(as_it_is)), "AppInstallation": Field(_node(_installed))}
