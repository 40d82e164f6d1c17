"""29 Next's apps: what is asked arrives, and what is answered is read back.

Source: PublicApp and the `apps` operations of 29next/developer-docs, Admin API 2024-04-01. Values are ours.
"""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock.dialects.next29.partings import topic_of, write_parting
from crossdock.dialects.next29.rest import apps
from crossdock.dialects.next29.wire import Rendering
from crossdock.dialects.operation import Call, Json, Unreadable, answer, ask, find
from crossdock.domain import app_settings
from crossdock.domain.apps import AppUninstalled, Installation, ShopErased
from tests.dialects.scene import AT, LOCATIONS, SHOP

CONTEXT = Rendering(shop=SHOP, locations=LOCATIONS, version="2024-04-01", base_url="https://jsmith.29next.store")
names = st.text("abcXYZ0189-_", min_size=1, max_size=40)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)
settings = st.dictionaries(st.text(min_size=1, max_size=10), values, max_size=3)
commands = (
    st.builds(app_settings.GetApp, client_id=names)
    | st.builds(app_settings.GetAppSettings, client_id=names)
    | st.builds(app_settings.ReplaceAppSettings, client_id=names, settings=settings)
    | st.builds(app_settings.ChangeAppSettings, client_id=names, settings=settings)
    | st.builds(app_settings.ClearAppSettings, client_id=names)
)
cards = st.builds(
    app_settings.AppCard,
    client_id=names,
    name=st.text(max_size=20),
    settings=settings,
    created_at=st.just(AT),
    updated_at=st.just(AT + timedelta(days=1)),
)
RESULTS = {"get_app": cards, "delete_app_settings": st.none()}


@given(command=commands, data=st.data())
def test_what_is_asked_arrives_and_what_is_answered_is_read_back(command: Any, data: st.DataObject) -> None:
    row = next(row for row in apps.OPERATIONS if row.command is type(command))
    result = data.draw(RESULTS.get(row.name, settings))
    heard: list[Any] = []

    def handle(arrived: Any) -> Any:
        heard.append(arrived)
        return result

    def over_the_wire(call: Call) -> Json:
        return json.loads(json.dumps(answer(apps.OPERATIONS, call, handle, CONTEXT)))

    assert ask(row, command, over_the_wire) == result
    assert heard == [command]


@pytest.mark.parametrize("body", [[], "text", 7, True])
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_settings_are_an_object(method: str, body: Json) -> None:
    found = find(apps.OPERATIONS, method, "apps/abc/settings/")
    assert found is not None
    with pytest.raises(Unreadable):
        found[0].decode(Call(method=method, path="", body=body, parameters=found[1]))


def test_an_app_that_is_gone_is_told_what_it_was() -> None:
    app = Installation(
        id=1,
        name="Dockers",
        platform="next29",
        client_id="abc",
        app_url=None,
        redirect_urls=(),
        privacy_urls={},
        granted=(),
        created_at=AT,
        installed_at=AT,
        uninstalled_at=AT + timedelta(hours=1),
    )
    told = write_parting(AppUninstalled(app=app), SHOP)
    assert told.keys() == {"client_id", "name", "version", "settings", "created_at", "updated_at"}
    card = apps.read_app(told)
    assert (card.client_id, card.settings, card.updated_at) == ("abc", {}, AT + timedelta(hours=1))
    assert (topic_of(AppUninstalled()), topic_of(ShopErased())) == ("app.uninstalled", None)
