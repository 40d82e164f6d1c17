"""App: the one that calls, and what it keeps with the store. Source: 29 Next Admin API, PublicApp.

Which settings an app declared in its manifest is not known here, so any are kept.
"""

from collections.abc import Mapping
from typing import Any

from crossdock.dialects.next29.fields import body_of, whole_body
from crossdock.dialects.next29.rest.nothing import decode_nothing, encode_nothing
from crossdock.dialects.next29.wire import Rendering, read_time, write_time
from crossdock.dialects.operation import Call, Json, Operation
from crossdock.domain.app_settings import (
    AppCard,
    ChangeAppSettings,
    ClearAppSettings,
    GetApp,
    GetAppSettings,
    ReplaceAppSettings,
)
from crossdock.domain.shops import Shop

_ONE = "apps/{client_id}/"
_SETTINGS = "apps/{client_id}/settings/"


def write_app(app: AppCard, shop: Shop) -> dict[str, Json]:
    """Write an app. Versions of apps are the platform's own business, and so is their absence."""
    return {
        "client_id": app.client_id,
        "name": app.name,
        "version": None,
        "settings": dict(app.settings),
        "created_at": write_time(app.created_at, shop),
        "updated_at": write_time(app.updated_at, shop),
    }


def read_app(answer: Json) -> AppCard:
    fields = whole_body(answer)
    return AppCard(
        client_id=fields.text("client_id") or "",
        name=fields.text("name") or "",
        settings=_settings(fields.free("settings") or {}),
        created_at=read_time(fields.filled("created_at")),
        updated_at=read_time(fields.filled("updated_at")),
    )


def _settings(body: Json) -> Mapping[str, Any]:
    return whole_body(body).values


def _encode_get(command: GetApp) -> Call:
    return Call(method="GET", path=_ONE.format(client_id=command.client_id))


def _decode_get(call: Call) -> GetApp:
    return GetApp(client_id=_client_id(call))


def _encode_app(app: AppCard, context: Rendering) -> Json:
    return write_app(app, context.shop)


def _encode_get_settings(command: GetAppSettings) -> Call:
    return Call(method="GET", path=_path(command.client_id))


def _decode_get_settings(call: Call) -> GetAppSettings:
    return GetAppSettings(client_id=_client_id(call))


def _encode_replace(command: ReplaceAppSettings) -> Call:
    return Call(method="PUT", path=_path(command.client_id), body=dict(command.settings))


def _decode_replace(call: Call) -> ReplaceAppSettings:
    return ReplaceAppSettings(client_id=_client_id(call), settings=body_of(call).values)


def _encode_change(command: ChangeAppSettings) -> Call:
    return Call(method="PATCH", path=_path(command.client_id), body=dict(command.settings))


def _decode_change(call: Call) -> ChangeAppSettings:
    return ChangeAppSettings(client_id=_client_id(call), settings=body_of(call).values)


def _encode_clear(command: ClearAppSettings) -> Call:
    return Call(method="DELETE", path=_path(command.client_id))


def _decode_clear(call: Call) -> ClearAppSettings:
    return ClearAppSettings(client_id=_client_id(call))


def _encode_settings(settings: Mapping[str, Any], _context: Rendering) -> Json:
    return dict(settings)


def _path(client_id: str) -> str:
    return _SETTINGS.format(client_id=client_id)


def _client_id(call: Call) -> str:
    return call.parameters.get("client_id", "")


GET = Operation(
    name="get_app",
    command=GetApp,
    method="GET",
    path=_ONE,
    scopes=frozenset(),
    encode=_encode_get,
    decode=_decode_get,
    encode_result=_encode_app,
    decode_result=read_app,
    writes=False,
    source="29 Next Admin API 2024-04-01, appsRetrieve",
)
GET_SETTINGS = Operation(
    name="get_app_settings",
    command=GetAppSettings,
    method="GET",
    path=_SETTINGS,
    scopes=frozenset(),
    encode=_encode_get_settings,
    decode=_decode_get_settings,
    encode_result=_encode_settings,
    decode_result=_settings,
    writes=False,
    source="29 Next Admin API 2024-04-01, appsSettingsRetrieve",
)
REPLACE_SETTINGS = Operation(
    name="replace_app_settings",
    command=ReplaceAppSettings,
    method="PUT",
    path=_SETTINGS,
    scopes=frozenset(),
    encode=_encode_replace,
    decode=_decode_replace,
    encode_result=_encode_settings,
    decode_result=_settings,
    source="29 Next Admin API 2024-04-01, appsSettingsUpdate",
)
CHANGE_SETTINGS = Operation(
    name="update_app_settings",
    command=ChangeAppSettings,
    method="PATCH",
    path=_SETTINGS,
    scopes=frozenset(),
    encode=_encode_change,
    decode=_decode_change,
    encode_result=_encode_settings,
    decode_result=_settings,
    source="29 Next Admin API 2024-04-01, appsSettingsPartialUpdate",
)
CLEAR_SETTINGS = Operation(
    name="delete_app_settings",
    command=ClearAppSettings,
    method="DELETE",
    path=_SETTINGS,
    scopes=frozenset(),
    encode=_encode_clear,
    decode=_decode_clear,
    encode_result=encode_nothing,
    decode_result=decode_nothing,
    status=204,
    source="29 Next Admin API 2024-04-01, appsSettingsDestroy",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (
    GET,
    GET_SETTINGS,
    REPLACE_SETTINGS,
    CHANGE_SETTINGS,
    CLEAR_SETTINGS,
)
