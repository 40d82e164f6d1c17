"""What is told of a product, and what only this platform keeps of it.

Source: 29 Next Admin API, Product, CreateProduct, UpdateProduct. Categories are known by their ids only; nobody rates
anything.
"""

from crossdock.dialects.next29.fields import Fields
from crossdock.dialects.next29.rest.variant_body import HIGHEST, read_metadata, read_variant, write_variant
from crossdock.dialects.next29.wire import Rendering, write_time
from crossdock.dialects.operation import Json
from crossdock.domain.catalogue import DEFAULT_OPTION, Product
from crossdock.domain.offering import attribute_code
from crossdock.domain.product_details import Attribute, Picture, ProductDetails

LONGEST_CAPTION = 200
LONGEST_NAME = 128
LONGEST_URL = 2048
PUBLIC, HIDDEN = "active", "draft"
_INTERVALS = {each: each for each in ("day", "week", "month", "year")}
# Which detail each field of a body is.
DETAILS = {
    "metadata": "metadata",
    "categories": "category_ids",
    "images": "pictures",
    "variant_attributes": "attributes",
    "enable_subscription": "enable_subscription",
    "external_tax_code": "external_tax_code",
    "interval": "interval",
    "interval_counts": "interval_counts",
    "is_discountable": "is_discountable",
    "meta_title": "meta_title",
    "meta_description": "meta_description",
    "ranking": "ranking",
    "recommended_products": "recommended_ids",
    "template": "template",
}
FIELDS = {detail: name for name, detail in DETAILS.items()}


def write_product(product: Product, context: Rendering) -> dict[str, Json]:
    """Write a product with its variants."""
    details = product.details
    return {
        "id": product.id,
        "title": product.title,
        "slug": product.handle,
        "url": f"{context.base_url}/products/{product.handle}/",
        "description": product.body_html or "",
        "structure": "standalone" if product.is_standalone else "parent",
        "is_public": product.status == PUBLIC,
        "rating": None,
        "categories": [
            {"id": each, "name": f"Category {each}", "slug": f"category-{each}"} for each in details.category_ids
        ],
        "images": [_write_picture(picture) for picture in details.pictures],
        **{FIELDS[name]: getattr(details, name) for name in _PLAIN},
        "interval_counts": None if details.interval_counts is None else list(details.interval_counts),
        "recommended_products": list(details.recommended_ids),
        "metadata": {} if details.metadata is None else details.metadata,
        "variant_attributes": write_attributes(product),
        "variants": [write_variant(variant, product, context) for variant in product.variants],
        "date_created": write_time(product.created_at, context.shop),
        "date_updated": write_time(product.updated_at, context.shop),
    }


# Details that are written as they are.
_PLAIN = (
    *("enable_subscription", "external_tax_code", "interval", "is_discountable", "meta_title", "meta_description"),
    *("ranking", "template"),
)


def write_attributes(product: Product) -> list[Json]:
    """Write what the variants differ in: the values that they have, and those that were named beside."""
    if product.is_standalone:
        return []
    named = {attribute.name: attribute.values for attribute in product.details.attributes}
    return [
        {
            "code": attribute_code(name),
            "name": name,
            "values": list(
                dict.fromkeys(
                    [
                        *named.get(name, ()),
                        *(each.values[place] for each in product.variants if place < len(each.values)),
                    ]
                )
            ),
        }
        for place, name in enumerate(product.options)
    ]


def _write_picture(picture: Picture) -> dict[str, Json]:
    return {
        "id": picture.id,
        "attachment": picture.url,
        "caption": picture.caption,
        "display_order": picture.position,
    }


def read_product(fields: Fields) -> Product:
    """Read a product, from a list also one without its texts."""
    attributes = read_attributes(fields) or ()
    return Product(
        id=fields.need("id", fields.identity("id")),
        title=fields.text("title") or "",
        handle=fields.text("slug") or "",
        status=PUBLIC if fields.flag("is_public") else HIDDEN,
        body_html=fields.text("description") or None,
        options=tuple(each.name for each in attributes) or (DEFAULT_OPTION,),
        variants=tuple(read_variant(each) for each in fields.each("variants") or ()),
        details=read_details(fields, categories=_ids_of(fields.each("categories") or ())),
        created_at=fields.need("date_created", fields.time("date_created")),
        updated_at=fields.need("date_updated", fields.time("date_updated")),
    )


def read_details(fields: Fields, *, categories: tuple[int, ...]) -> ProductDetails:
    discountable = fields.flag("is_discountable")
    return ProductDetails(
        metadata=read_metadata(fields),
        category_ids=categories,
        pictures=tuple(_pictures(fields)),
        attributes=read_attributes(fields) or (),
        enable_subscription=fields.flag("enable_subscription") is True,
        external_tax_code=fields.line("external_tax_code"),
        interval=fields.choice("interval", _INTERVALS),
        interval_counts=_counts(fields),
        is_discountable=True if discountable is None else discountable,
        meta_title=fields.line("meta_title"),
        meta_description=fields.paragraph("meta_description"),
        ranking=_within(fields, "ranking", fields.whole("ranking") or 0),
        recommended_ids=fields.identities("recommended_products") or (),
        template=fields.line("template"),
    )


def _ids_of(items: tuple[Fields, ...]) -> tuple[int, ...]:
    return tuple(each.need("id", each.identity("id")) for each in items)


def _counts(fields: Fields) -> tuple[int, ...] | None:
    values = fields.free("interval_counts")
    if values is None or values == "":
        return None
    items = [Fields({"interval_counts": each}) for each in (values if isinstance(values, list) else [values])]
    return tuple(
        _within(item, "interval_counts", item.need("interval_counts", item.whole("interval_counts"))) for item in items
    )


def _within(fields: Fields, name: str, value: int) -> int:
    if abs(value) > HIGHEST:
        raise fields.wrong(name, f"Ensure this value is less than or equal to {HIGHEST}.")
    return value


def _pictures(fields: Fields) -> list[Picture]:
    """Read pictures that have an address; what is attached as data is not kept."""
    pictures = []
    for each in fields.each("images") or ():
        url = (each.line("src", LONGEST_URL) or "").strip() or (each.text("attachment") or "").strip()
        if url.startswith(("http://", "https://")) and len(url) <= LONGEST_URL:
            picture = Picture(
                id=each.identity("id") or 0,
                url=url,
                caption=each.line("caption", LONGEST_CAPTION) or "",
                position=_within(each, "display_order", each.identity("display_order") or 0),
            )
            pictures.append(picture)
        elif each.has("src") and url:
            raise each.wrong("src", "Enter a valid URL.")
    return pictures


def read_attributes(fields: Fields) -> tuple[Attribute, ...] | None:
    given = fields.each("variant_attributes")
    if given is None:
        return None
    return tuple(
        Attribute(name=each.filled("name", LONGEST_NAME), values=each.need("values", each.texts("values")))
        for each in given
    )


def encode_details(details: ProductDetails, names: frozenset[str]) -> dict[str, Json]:
    written: dict[str, Json] = {
        **{name: getattr(details, name) for name in _PLAIN},
        "metadata": details.metadata,
        "category_ids": list(details.category_ids),
        "pictures": [_encode_picture(picture) for picture in details.pictures],
        "attributes": [{"name": each.name, "values": list(each.values)} for each in details.attributes],
        "interval_counts": None if details.interval_counts is None else list(details.interval_counts),
        "recommended_ids": list(details.recommended_ids),
    }
    return {FIELDS[name]: value for name, value in written.items() if name in names}


def _encode_picture(picture: Picture) -> dict[str, Json]:
    known = {"id": picture.id} if picture.id else {}
    return {**known, "src": picture.url, "caption": picture.caption, "display_order": picture.position}
