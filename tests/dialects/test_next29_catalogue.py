"""29 Next's locations, stock records, products and variants: what is asked arrives, and bodies field by field.

Source: the field lists of 29next/developer-docs, Admin API 2024-04-01 (Location, StockRecord, CreateUpdateStockRecord,
Product, ProductVariant, CreateProduct, UpdateProductVariant) and its guide for fulfillment services. Values are ours.
"""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from crossdock.dialects.next29.rest import locations, products, stock_records, variants
from crossdock.dialects.next29.wire import Rendering
from crossdock.dialects.operation import AnyOperation, Call, Json, NotExpressible, Unreadable, answer, ask, find
from crossdock.domain import catalogue, offering, placing
from crossdock.domain import product_details as details
from crossdock.domain import stock_records as records
from crossdock.domain.countries import COUNTRY_NAMES
from crossdock.domain.places import Address, FulfillmentService, Location
from crossdock.domain.postcodes import is_postcode
from crossdock.domain.queries import GetProduct, Page, Window
from tests.dialects.commands import ids, messages, plain_words, quantities, words
from tests.dialects.scene import AT, LOCATIONS, OWN, SHIPWIRE, SHOP

CONTEXT = Rendering(shop=SHOP, locations=LOCATIONS, version="2024-04-01", base_url="https://jsmith.29next.store")
ROWS: tuple[AnyOperation, ...] = (
    *locations.OPERATIONS,
    *stock_records.OPERATIONS,
    *products.OPERATIONS,
    *variants.OPERATIONS,
    *variants.NEWER,
    *variants.OLDEST,
)
windows = st.builds(Window, limit=st.integers(1, 100), descending=st.just(True))
solid = words.map(str.strip).filter(bool)
flags = st.booleans()
money = st.integers(0, 10**11)  # ten digits before the point at most
numbers = st.none() | quantities
thresholds = st.integers(0, 2**31 - 1)
free = st.none() | st.dictionaries(words, st.none() | flags | st.integers(-9, 9) | words, max_size=2)
countries = st.sampled_from(sorted(COUNTRY_NAMES))


@st.composite
def places(draw: st.DrawFn) -> Address:
    states = st.sampled_from([(None, None), ("Skåne", None), (None, "IL")])
    province, code = draw(states)
    return Address(
        address1=draw(solid),
        address2=draw(messages),
        address3=draw(messages),
        city=draw(solid),
        province=province,
        province_code=code,
        zip=draw(st.none() | solid),
        country_code=draw(countries),
        phone=draw(messages),
    )


def some(items: SearchStrategy[Any], most: int = 2) -> SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, max_size=most).map(tuple)


# What amounts name no currency for is in the first price's, the shop's.
prices = some(st.builds(details.Price, currency=st.just("EUR"), price=money, retail=st.none() | money), 1).map(
    lambda others: (details.Price(currency="USD", price=1850), *others)
)
of_variants = st.builds(details.VariantDetails, metadata=free, picture_id=st.none() | ids, prices=prices)
first = st.builds(
    offering.FirstRecord, location_id=ids, on_hand=quantities, low_stock_threshold=st.integers(0, 2**31 - 1)
)


def new(options: tuple[str, ...]) -> SearchStrategy[offering.NewOffer]:
    variant = st.builds(
        catalogue.NewVariant,
        price=st.just(1850),
        sku=messages,
        barcode=messages,
        cost=st.none() | money,
        requires_shipping=flags,
        managed_by=st.sampled_from([None, "shopify"]),
        may_oversell=flags,
        options=st.just(options),
    )
    return st.builds(offering.NewOffer, variant=variant, details=of_variants, records=some(first))


pictures = st.builds(
    details.Picture,
    id=ids,
    url=plain_words.map("https://pictures.example/{}".format),
    caption=words,
    position=st.integers(0, 2**31 - 1),
)


@st.composite
def of_products(draw: st.DrawFn, *, named: bool) -> details.ProductDetails:
    return details.ProductDetails(
        metadata=draw(free),
        category_ids=draw(some(ids)),
        pictures=draw(some(pictures)),
        attributes=(details.Attribute(name="Size", values=draw(some(words))),) if named else (),
        enable_subscription=draw(flags),
        external_tax_code=draw(messages),
        interval=draw(st.sampled_from([None, "day", "year"])),
        interval_counts=draw(st.none() | st.lists(st.integers(-9, 9), min_size=1, max_size=2).map(tuple)),
        is_discountable=draw(flags),
        meta_title=draw(messages),
        meta_description=draw(messages),
        ranking=draw(st.integers(-9, 9)),
        recommended_ids=draw(some(ids)),
        template=draw(messages),
    )


@st.composite
def added_products(draw: st.DrawFn) -> offering.AddProduct:
    named = draw(flags)
    product = catalogue.CreateProduct(
        title=draw(solid),
        body_html=draw(messages),
        status=draw(st.sampled_from(["active", "draft"])),
        options=("Size",) if named else ("Title",),
    )
    offers = [new(("M",)), new(("L",))] if named else [new(())]
    return offering.AddProduct(
        product=product, details=draw(of_products(named=named)), offers=tuple(draw(each) for each in offers)
    )


def changes(variant_id: SearchStrategy[int]) -> SearchStrategy[offering.OfferChange]:
    variant = st.builds(
        catalogue.ChangeVariant,
        variant_id=variant_id,
        price=st.just(1850),
        sku=st.none() | st.text("ab-", max_size=5),
        barcode=messages,
        cost=st.none() | money,
        requires_shipping=st.none() | flags,
        may_oversell=st.none() | flags,
        tracked=st.none() | flags,
    )
    given_names = st.just(frozenset({"metadata", "picture_id", "prices"}))
    return st.builds(offering.OfferChange, variant=variant, details=of_variants, given=given_names)


edited_products = st.builds(
    offering.EditProduct,
    product=st.builds(
        catalogue.UpdateProduct,
        product_id=ids,
        title=st.none() | solid,
        body_html=messages,
        status=st.sampled_from([None, "active", "draft"]),
        options=st.just(("Size",)),
    ),
    details=of_products(named=True).filter(lambda kept: kept.metadata is not None),
    given=st.just(frozenset(each for each in details.ProductDetails.__dataclass_fields__)),
    offers=some(changes(ids)),
)
values = some(st.builds(offering.AttributeValue, name=solid, value=solid))
edited_variants = st.builds(offering.EditVariant, offer=changes(ids), values=st.none() | values)

COMMANDS: dict[str, SearchStrategy[Any]] = {
    "list_locations": st.builds(placing.ListPlaces, window=windows),
    "get_location": st.builds(placing.GetPlace, location_id=ids),
    "create_location": st.builds(
        placing.OpenPlace,
        address=places(),
        name=messages,
        callback_url=messages,
        accepts_returns=flags,
        destinations=some(countries),
    ),
    "replace_location": st.builds(
        placing.ReplacePlace,
        location_id=ids,
        address=places(),
        name=messages,
        callback_url=st.none() | st.just("") | words,
        accepts_returns=st.none() | flags,
        destinations=st.none() | some(countries),
    ),
    "delete_location": st.builds(placing.ClosePlace, location_id=ids),
    "list_stock_records": st.builds(
        records.ListStockRecords,
        search=messages,
        location_ids=some(ids).map(lambda each: tuple(dict.fromkeys(each))),
        skus=some(plain_words).map(lambda each: tuple(dict.fromkeys(each))),
        availability=st.none() | st.sampled_from(records.Availability),
        purchasable=st.none() | flags,
        window=windows,
    ),
    "get_stock_record": st.builds(records.GetStockRecord, record_id=ids),
    "create_stock_record": st.builds(
        records.AddStockRecord,
        goods_id=ids,
        location_id=ids,
        on_hand=numbers,
        low_stock_threshold=st.none() | thresholds,
    ),
    "update_stock_record": st.builds(
        records.ChangeStockRecord,
        record_id=ids,
        on_hand=numbers,
        low_stock_threshold=st.none() | thresholds,
        goods_id=st.none() | ids,
        location_id=st.none() | ids,
    ),
    "delete_stock_record": st.builds(records.RemoveStockRecord, record_id=ids),
    "list_products": st.builds(
        offering.ListOffers,
        title=messages,
        category_ids=some(ids).map(lambda each: tuple(dict.fromkeys(each))),
        skus=some(plain_words).map(lambda each: tuple(dict.fromkeys(each))),
        public=st.none() | flags,
        nothing=flags,
        window=windows,
    ),
    "get_product": st.builds(GetProduct, product_id=ids),
    "create_product": added_products(),
    "update_product": edited_products,
    "replace_product": edited_products,
    "delete_product": st.builds(catalogue.DeleteProduct, product_id=ids),
    "list_variants": st.builds(GetProduct, product_id=ids),
    "create_variant": st.builds(offering.AddVariant, product_id=ids, offer=new(()), values=values),
    "get_variant": st.builds(offering.GetOffer, variant_id=ids),
    "update_variant": edited_variants,
    "replace_variant": edited_variants,
    "delete_variant": st.builds(offering.RemoveVariant, variant_id=ids),
}

DOCK = Location(
    id=SHIPWIRE,
    name="Dock 1",
    address=Address(address1="1 Main Street", city="Springfield", province_code="IL", zip="62701", country_code="US"),
    service=FulfillmentService(
        id=1, app_id=7, name="Dock 1", handle="dock-1", location_id=SHIPWIRE, callback_url="https://app.example/hooks/"
    ),
    destinations=("US", "CA"),
    accepts_returns=True,
)
RECORD = records.StockRecord(
    id=55,
    location_id=SHIPWIRE,
    product_id=632910392,
    variant_id=39072856,
    product_title="IPod Nano - 8gb",
    variant_title="Red",
    sku="IPOD-RED",
    on_hand=12,
    available=9,
    low_stock_threshold=2,
    created_at=AT,
    updated_at=AT,
)
VARIANT = catalogue.ProductVariant(
    id=39072856,
    product_id=632910392,
    inventory_item_id=39072856,
    title="Red",
    position=0,
    price=19900,
    sku="IPOD-RED",
    barcode="1234",
    managed_by="shopify",
    quantity=9,
    options=("Red",),
    cost=7000,
    details=details.VariantDetails(metadata={}, prices=(details.Price(currency="USD", price=19900),)),
    levels=(details.VariantLevel(id=55, location_id=SHIPWIRE, on_hand=12, available=9, low_stock_threshold=2),),
    created_at=AT,
    updated_at=AT,
)
PRODUCT = catalogue.Product(
    id=632910392,
    title="IPod Nano - 8gb",
    handle="ipod-nano",
    status="active",
    body_html="<p>Small.</p>",
    options=("Colour",),
    variants=(VARIANT,),
    details=details.ProductDetails(metadata={}, attributes=(details.Attribute(name="Colour", values=("Red",)),)),
    created_at=AT,
    updated_at=AT,
)
FOUND = offering.VariantFound(product=PRODUCT, variant=VARIANT)
TOLD_DOCK = replace(DOCK, service=None)
LISTED = replace(PRODUCT, body_html=None)

# What a store answers, and what whoever asked makes of it.
RESULTS: dict[str, tuple[Any, Any]] = {
    "list_locations": (Page(items=(DOCK,)), (TOLD_DOCK,)),
    "get_location": (DOCK, TOLD_DOCK),
    "create_location": (DOCK, TOLD_DOCK),
    "replace_location": (DOCK, TOLD_DOCK),
    "delete_location": (None, None),
    "list_stock_records": (Page(items=(RECORD,)), (RECORD,)),
    "get_stock_record": (RECORD, RECORD),
    "create_stock_record": (RECORD, RECORD),
    "update_stock_record": (RECORD, RECORD),
    "delete_stock_record": (None, None),
    "list_products": (Page(items=(PRODUCT,)), (LISTED,)),
    "get_product": (PRODUCT, PRODUCT),
    "create_product": (PRODUCT, PRODUCT),
    "update_product": (PRODUCT, PRODUCT),
    "replace_product": (PRODUCT, PRODUCT),
    "delete_product": (None, None),
    "list_variants": (PRODUCT, (VARIANT,)),
    "create_variant": (FOUND, VARIANT),
    "get_variant": (FOUND, VARIANT),
    "update_variant": (FOUND, VARIANT),
    "replace_variant": (FOUND, VARIANT),
    "delete_variant": (PRODUCT, None),
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_command_arrives_as_it_was_sent(row: AnyOperation, data: st.DataObject) -> None:
    command = data.draw(COMMANDS[row.name])
    heard: list[Any] = []
    result, told = RESULTS[row.name]

    def handle(arrived: Any) -> Any:
        heard.append(arrived)
        return result

    def send(call: Call) -> Json:
        return json.loads(
            json.dumps(answer((row,), replace(call, body=json.loads(json.dumps(call.body))), handle, CONTEXT))
        )

    came_back = ask(row, command, send)
    assert heard == [command]
    assert came_back == (None if row.status == 204 else told)


def test_a_variant_is_found_beside_the_variants_of_a_product() -> None:
    rows = (*products.OPERATIONS, *variants.OPERATIONS, *variants.NEWER)
    named = {path: find(rows, "GET", path) for path in ("products/variants/5/", "products/5/variants/", "products/5/")}
    assert [match and match[0].name for match in named.values()] == [
        "get_variant",
        "list_variants",
        "get_product",
    ]


def test_a_list_begins_where_a_store_says_so() -> None:
    with pytest.raises(NotExpressible):
        locations.LIST.encode(placing.ListPlaces(window=Window(after=5, descending=True)))


SHOWN_DOCK = {
    "id": SHIPWIRE,
    "name": "Dock 1",
    "address": {
        "line1": "1 Main Street",
        "line2": "",
        "line3": "",
        "line4": "Springfield",
        "state": "IL",
        "postcode": "62701",
        "country": "US",
        "phone_number": "",
    },
    "callback_url": "https://app.example/hooks/",
    "accept_return": True,
    "allowed_destination_countries": ["US", "CA"],
}


def test_a_location_is_shown_field_for_field() -> None:
    assert locations.write_location(DOCK, CONTEXT) == SHOWN_DOCK
    by_hand = locations.write_location(LOCATIONS[OWN], CONTEXT)
    assert (by_hand["callback_url"], by_hand["allowed_destination_countries"]) == (None, [])


def test_an_app_makes_its_location_as_its_guide_says() -> None:
    body = {
        "name": "Demo",
        "address": {"line1": "1 Main Street", "line4": "Springfield", "state": "Illinois", "country": "US"},
        "callback_url": "https://app.example/hooks/",
    }
    command = locations.OPEN.decode(Call(method="POST", path="locations/", body=body))
    assert command == placing.OpenPlace(
        name="Demo",
        address=Address(address1="1 Main Street", city="Springfield", province="Illinois", country_code="US"),
        callback_url="https://app.example/hooks/",
    )


def test_a_record_is_shown_field_for_field() -> None:
    context = replace(CONTEXT, locations={SHIPWIRE: DOCK})
    shown = {
        "id": 55,
        "product": {
            "id": 632910392,
            "title": "IPod Nano - 8gb",
            "sku": "IPOD-RED",
            "variant_id": 39072856,
            "variant_title": "Red",
        },
        "location": SHOWN_DOCK,
        "num_in_stock": 12,
        "num_allocated": 3,
        "net_stock_level": 9,
        "low_stock_threshold": 2,
        "date_created": "2025-01-02T11:35:27.000000-05:00",
        "date_updated": "2025-01-02T11:35:27.000000-05:00",
    }
    assert stock_records.write_record(RECORD, context) == shown
    oldest = replace(context, version="2023-02-10")
    assert stock_records.write_record(RECORD, oldest) == shown | {"sku": "IPOD-RED"}


def test_a_count_is_sent_as_its_guide_says() -> None:
    call = stock_records.CHANGE.encode(records.ChangeStockRecord(record_id=55, on_hand=12))
    assert (call.method, call.path, call.body) == ("PATCH", "stockrecords/55/", {"num_in_stock": 12})


def test_stock_is_asked_for_by_location_and_sku() -> None:
    call = stock_records.LIST.encode(records.ListStockRecords(location_ids=(7,), skus=("A", "B")))
    assert (call.path, call.query) == ("stockrecords/", (("location_id", "7"), ("sku", "A,B")))


@pytest.mark.parametrize(
    "query", [("location_id", "seven"), ("inventory_availability", "much"), ("purchase_availability", "yes")]
)
def test_filters_that_are_none_are_refused(query: tuple[str, str]) -> None:
    with pytest.raises(Unreadable):
        stock_records.LIST.decode(Call(method="GET", path="stockrecords/", query=(query,)))


def test_metadata_of_a_form_is_a_text_of_json() -> None:
    def read(metadata: Json) -> Any:
        body = {"title": "Tee", "metadata": metadata}
        return products.ADD.decode(Call(method="POST", path="products/", body=body)).details.metadata

    assert read('{"a": [1]}') == {"a": [1]}
    assert read("plain") == "plain"
    unsound = (
        '{"a": 1e400}',
        '{"a": "\\ud800"}',
        '{"\\u0000": 1}',
        '{"a": 9223372036854775808}',
        '{"a":' * 40 + "1" + "}" * 40,
    )
    for wrong in (*unsound, '{"a": NaN}', "{" * 9, '{"a":' * 10_000, {"a": "x" * 65_536}):
        with pytest.raises(Unreadable):
            read(wrong)


@pytest.mark.parametrize(
    ("country", "right", "wrong"),
    [
        ("SE", "223 50", "2235"),
        ("US", "62701-0001", "6270"),
        ("GB", "sw1a 1aa", "12345"),
        ("CA", "K1A0B1", "D1A0B1"),
        ("NL", "1012 AB", "AB 1012"),
        ("DE", "10115", "D-10115"),
    ],
)
def test_postal_codes_are_those_of_their_country(country: str, right: str, wrong: str) -> None:
    assert is_postcode(country, right)
    assert not is_postcode(country, wrong)
    assert is_postcode("HK", wrong)  # none of its own


def test_codes_of_attributes_are_made_of_letters_digits_and_underscores() -> None:
    names = ("Size", "Größe (cm)", "2nd colour", "色")
    assert [offering.attribute_code(name) for name in names] == ["size", "gr_e_cm", "_2nd_colour", "_"]
