"""Products and variants, as recorded."""

from crossdock.dialects.operation import Json
from tests.store.graphql_examples.example import ERRORS, Example, id_of, refused
from tests.store.graphql_examples.settings import article, priced_variant

PRODUCT = "id title handle status vendor productType tags descriptionHtml"
VARIANT = "id title sku barcode price inventoryQuantity selectedOptions { name value } inventoryItem { tracked }"
NO_SUCH = "gid://shopify/Product/999999999999999"


READ = "id sku barcode price taxable inventoryPolicy inventoryItem { id tracked requiresShipping }"
PRICED: Json = {
    "id": "{variant}",
    "sku": "RED",
    "barcode": "1111111111111",
    "price": "24.00",
    "taxable": True,
    "inventoryPolicy": "DENY",
    "inventoryItem": {"id": "{item}", "tracked": True, "requiresShipping": True},
}


def named(**told: Json) -> Json:
    """A product of which nothing but its title was said."""
    return {
        "id": id_of("Product"),
        "status": "ACTIVE",
        "vendor": "Acme",
        "productType": "",
        "tags": [],
        "descriptionHtml": "",
        **told,
    }


EXAMPLES = (
    Example(
        operation="productCreate",
        source="recorded: productCreate; tags sorted",
        document=f"""mutation($product: ProductCreateInput!) {{
          productCreate(product: $product) {{ product {{ {PRODUCT} }} shop {{ id }} {ERRORS} }}
        }}""",
        variables={
            "product": {
                "title": "Hermes Product Conformance 17",
                "status": "DRAFT",
                "vendor": "HERMES",
                "productType": "ACCESSORIES",
                "tags": ["conformance", "product-mutation", "17"],
                "descriptionHtml": "<p>Hermes</p>",
            }
        },
        data={
            "productCreate": {
                "product": named(
                    title="Hermes Product Conformance 17",
                    handle="hermes-product-conformance-17",
                    status="DRAFT",
                    vendor="HERMES",
                    productType="ACCESSORIES",
                    tags=["17", "conformance", "product-mutation"],
                    descriptionHtml="<p>Hermes</p>",
                ),
                "shop": {"id": "{shop}"},
                "userErrors": [],
            }
        },
    ),
    Example(
        operation="productCreate",
        source="recorded: productCreate with a handle to be cleaned, and one of punctuation alone",
        document=f"""mutation {{
          cleaned: productCreate(product: {{title: "Tee", handle: "  Weird Handle / 100%  "}}) {{
            product {{ {PRODUCT} }} {ERRORS}
          }}
          empty: productCreate(product: {{title: "Tee", handle: "%%%"}}) {{ product {{ handle }} {ERRORS} }}
        }}""",
        data={
            "cleaned": {"product": named(title="Tee", handle="weird-handle-100"), "userErrors": []},
            "empty": {"product": {"handle": "product"}, "userErrors": []},
        },
    ),
    Example(
        operation="productCreate",
        source="recorded: productCreate without a title",
        document=f"""mutation {{ productCreate(product: {{title: ""}}) {{ product {{ id }} {ERRORS} }} }}""",
        data={"productCreate": {"product": None, "userErrors": refused(["title"], "Title can't be blank")}},
    ),
    Example(
        operation="productCreate",
        source="2: recorded, one of two arguments is needed",
        document="mutation { productCreate { product { id } } }",
        data={"productCreate": None},
        errors=[
            {
                "message": "productCreate must include exactly one of the following arguments: input, product.",
                "locations": ...,
                "path": ["productCreate"],
                "extensions": {"code": "INVALID_FIELD_ARGUMENTS"},
            }
        ],
    ),
    Example(
        operation="productDelete",
        source="recorded: productDelete; then it is not there any more",
        setting=article(),
        document=f"""mutation($id: ID!) {{
          productDelete(input: {{id: $id}}) {{ deletedProductId shop {{ id }} {ERRORS} }}
          missing: productDelete(input: {{id: "{NO_SUCH}"}}) {{ deletedProductId shop {{ id }} {ERRORS} }}
        }}""",
        variables={"id": "{product}"},
        data={
            "productDelete": {"deletedProductId": "{product}", "shop": {"id": "{shop}"}, "userErrors": []},
            "missing": {
                "deletedProductId": None,
                "shop": {"id": "{shop}"},
                "userErrors": refused(["id"], "Product does not exist"),
            },
        },
    ),
    Example(
        operation="productSet",
        source="recorded: productSet without an identifier, and with one beside an id",
        document="""mutation {
          productSet(synchronous: true, input: {title: "Set Missing Identifier", vendor: "Hermes"}) {
            product { id title handle } userErrors { field message code }
          }
          twice: productSet(
            synchronous: true, identifier: {handle: "set"}, input: {id: "gid://shopify/Product/9", title: "Set"}
          ) { product { id } userErrors { field message code } }
        }""",
        data={
            "productSet": {
                "product": {
                    "id": id_of("Product"),
                    "title": "Set Missing Identifier",
                    "handle": "set-missing-identifier",
                },
                "userErrors": [],
            },
            "twice": {
                "product": None,
                "userErrors": refused(
                    ["input"], "The id field is not allowed if identifier is provided.", "ID_NOT_ALLOWED"
                ),
            },
        },
    ),
    Example(
        operation="productVariantsBulkCreate",
        source="recorded: productVariantsBulkCreate; the product has both, productVariants the new one",
        setting=article(),
        document=f"""mutation($id: ID!, $variants: [ProductVariantsBulkInput!]!) {{
          productVariantsBulkCreate(productId: $id, variants: $variants) {{
            product {{ id tracksInventory }} productVariants {{ {VARIANT} }} {ERRORS}
          }}
        }}""",
        variables={
            "id": "{product}",
            "variants": [
                {
                    "optionValues": [{"optionName": "Title", "name": "Blue"}],
                    "barcode": "2222222222222",
                    "price": "26.00",
                    "inventoryItem": {"sku": "BLUE", "tracked": True, "requiresShipping": False},
                }
            ],
        },
        data={
            "productVariantsBulkCreate": {
                "product": {"id": "{product}", "tracksInventory": True},
                "productVariants": [
                    {
                        "id": id_of("ProductVariant"),
                        "title": "Blue",
                        "sku": "BLUE",
                        "barcode": "2222222222222",
                        "price": "26.00",
                        "inventoryQuantity": 0,
                        "selectedOptions": [{"name": "Title", "value": "Blue"}],
                        "inventoryItem": {"tracked": True},
                    }
                ],
                "userErrors": [],
            }
        },
    ),
    Example(
        operation="productVariantsBulkUpdate",
        source="recorded: productVariantsBulkUpdate",
        setting=article(),
        document=f"""mutation($id: ID!, $variants: [ProductVariantsBulkInput!]!) {{
          productVariantsBulkUpdate(productId: $id, variants: $variants) {{
            product {{ id totalInventory tracksInventory }}
            productVariants {{ {READ} }} {ERRORS}
          }}
        }}""",
        variables={
            "id": "{product}",
            "variants": [
                {
                    "id": "{variant}",
                    "barcode": "1111111111111",
                    "price": "24.00",
                    "taxable": True,
                    "inventoryPolicy": "DENY",
                    "inventoryItem": {"sku": "RED", "tracked": True, "requiresShipping": True},
                }
            ],
        },
        data={
            "productVariantsBulkUpdate": {
                "product": {"id": "{product}", "totalInventory": 100, "tracksInventory": True},
                "productVariants": [PRICED],
                "userErrors": [],
            }
        },
    ),
    Example(
        operation="product",
        source="recorded: one that names nothing",
        setting=article(),
        document=f"""query($id: ID!) {{
          product(id: $id) {{ id title }} missing: product(id: "{NO_SUCH}") {{ id }}
        }}""",
        variables={"id": "{product}"},
        data={"product": {"id": "{product}", "title": "TEE"}, "missing": None},
    ),
    Example(
        operation="product",
        source="2: recorded, a malformed id",
        document="""query { product(id: "gid://shopify/Product") { id } }""",
        errors=[
            {
                "message": "Invalid global id 'gid://shopify/Product'",
                "locations": ...,
                "path": ["query", "product", "id"],
                "extensions": {"code": "argumentLiteralsIncompatible", "typeName": "CoercionError"},
            }
        ],
    ),
    Example(
        operation="products",
        source="recorded: an empty catalogue",
        document="""{ products(first: 3, query: "title:nothing-like-it") {
          edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        } }""",
        data={
            "products": {
                "edges": [],
                "pageInfo": {
                    "hasNextPage": False,
                    "hasPreviousPage": False,
                    "startCursor": None,
                    "endCursor": None,
                },
            }
        },
    ),
    Example(
        operation="productByIdentifier",
        source="documented: a product by its handle or id, null where there is none",
        setting=article(),
        document="""query($id: ID!) {
          productByIdentifier(identifier: {id: $id}) { id handle }
          handle: productByIdentifier(identifier: {handle: "tee"}) { id }
          missing: productByIdentifier(identifier: {handle: "mug"}) { id }
        }""",
        variables={"id": "{product}"},
        data={
            "productByIdentifier": {"id": "{product}", "handle": "tee"},
            "handle": {"id": "{product}"},
            "missing": None,
        },
    ),
    Example(
        operation="productVariant",
        source="recorded: what is read after productVariantsBulkUpdate; null as in section 3",
        setting=priced_variant,
        document=f"""query($id: ID!) {{
          productVariant(id: $id) {{ {READ} }} missing: productVariant(id: "gid://shopify/ProductVariant/404") {{ id }}
        }}""",
        variables={"id": "{variant}"},
        data={"productVariant": PRICED, "missing": None},
    ),
    Example(
        operation="productVariants",
        source="recorded: what is read after productVariantsBulkUpdate; section 3, a term of a list",
        setting=priced_variant,
        document=f"""{{ productVariants(first: 5, query: "sku:RED") {{ nodes {{ {READ} }} }} }}""",
        data={"productVariants": {"nodes": [PRICED]}},
    ),
)
