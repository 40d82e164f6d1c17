"""Locations and fulfillment services, as sections 3, 8 and 10 tell them."""

from crossdock.dialects.operation import Json
from tests.store.graphql_examples.example import CODED, ERRORS, Example, id_of, refused
from tests.store.graphql_examples.settings import annex, own_service

FLAGS = "isActive activatable deactivatable deletable shipsInventory fulfillsOnlineOrders isFulfillmentService"
SERVICE = "handle serviceName type trackingSupport inventoryManagement requiresShippingMethod"
NAME = "FS Unique Café__3PL x!!!"
MANUAL: Json = {
    "id": "gid://shopify/FulfillmentService/manual",
    "handle": "manual",
    "serviceName": "Manual",
    "type": "MANUAL",
    "trackingSupport": False,
    "inventoryManagement": False,
    "requiresShippingMethod": True,
    "location": {"id": "{here}"},
}


def idempotent(key: str) -> str:
    return f'@idempotent(key: "{key}")'


EXAMPLES = (
    Example(
        operation="fulfillmentServiceCreate",
        source="8, Create: recorded, the handle made of the name, and its location",
        document=f"""mutation {{ fulfillmentServiceCreate(
          name: "{NAME}", callbackUrl: "http://127.0.0.1:1025/x", trackingSupport: true
        ) {{ fulfillmentService {{ id {SERVICE} callbackUrl location {{ name {FLAGS} }} }} {ERRORS} }} }}""",
        data={
            "fulfillmentServiceCreate": {
                "fulfillmentService": {
                    "id": lambda said: id_of("FulfillmentService")(said) and said.endswith("?id=true"),
                    "handle": "fs-unique-cafe__3pl-x",
                    "serviceName": NAME,
                    "type": "THIRD_PARTY",
                    "trackingSupport": True,
                    "inventoryManagement": False,
                    "requiresShippingMethod": True,
                    "callbackUrl": "http://127.0.0.1:1025/x",
                    "location": {
                        "name": NAME,
                        "isActive": True,
                        "activatable": ...,
                        "deactivatable": ...,
                        "deletable": ...,
                        "shipsInventory": False,
                        "fulfillsOnlineOrders": True,
                        "isFulfillmentService": True,
                    },
                },
                "userErrors": [],
            }
        },
    ),
    Example(
        operation="fulfillmentServiceCreate",
        source="8, Create: recorded, a name that is taken in another case, and one that is reserved",
        document=f"""mutation {{
          taken: fulfillmentServiceCreate(name: "acme 3pl") {{ fulfillmentService {{ id }} {ERRORS} }}
          reserved: fulfillmentServiceCreate(name: "Gift_Card") {{ fulfillmentService {{ id }} {ERRORS} }}
        }}""",
        data={
            "taken": {"fulfillmentService": None, "userErrors": refused(["name"], "Name has already been taken")},
            "reserved": {"fulfillmentService": None, "userErrors": refused(["name"], "Name is reserved")},
        },
    ),
    Example(
        operation="fulfillmentServiceUpdate",
        source="8, Update: recorded, the location is renamed; handle, id and location stay",
        setting=own_service,
        document=f"""mutation($id: ID!) {{ fulfillmentServiceUpdate(id: $id, name: "Other") {{
          fulfillmentService {{ id handle serviceName requiresShippingMethod location {{ id name }} }} {ERRORS}
        }} }}""",
        variables={"id": "{own}"},
        data={
            "fulfillmentServiceUpdate": {
                "fulfillmentService": {
                    "id": "{own}",
                    "handle": "dockers",
                    "serviceName": "Other",
                    "requiresShippingMethod": True,
                    "location": {"id": "{own_place}", "name": "Other"},
                },
                "userErrors": [],
            }
        },
    ),
    Example(
        operation="fulfillmentServiceDelete",
        source="8, Delete: recorded, DELETE of one that nothing lies at; deletedId without ?id=true",
        setting=own_service,
        document=f"""mutation($id: ID!) {{
          fulfillmentServiceDelete(id: $id, inventoryAction: DELETE) {{ deletedId {ERRORS} }}
          again: fulfillmentServiceDelete(id: $id, inventoryAction: DELETE) {{ deletedId {ERRORS} }}
        }}""",
        variables={"id": "{own}"},
        data={
            "fulfillmentServiceDelete": {"deletedId": "{own_plain}", "userErrors": []},
            "again": {
                "deletedId": None,
                "userErrors": refused(["id"], "Fulfillment service could not be found."),
            },
        },
    ),
    Example(
        operation="fulfillmentService",
        source="3 and 8: recorded, with and without the query part of its id; one that names nothing",
        document=f"""query($id: ID!, $plain: ID!) {{
          fulfillmentService(id: $id) {{ id {SERVICE} }}
          plain: fulfillmentService(id: $plain) {{ id }}
          missing: fulfillmentService(id: "gid://shopify/FulfillmentService/999999999999") {{ __typename }}
        }}""",
        variables={"id": "{service}", "plain": "{plain_service}"},
        data={
            "fulfillmentService": {
                "id": "{service}",
                "handle": "acme-3pl",
                "serviceName": "Acme 3PL",
                "type": "THIRD_PARTY",
                "trackingSupport": False,
                "inventoryManagement": False,
                "requiresShippingMethod": True,
            },
            "plain": {"id": "{service}"},
            "missing": None,
        },
    ),
    Example(
        operation="shop",
        source="8: recorded, Shop.fulfillmentServices starts with the merchant's own",
        document=f"{{ shop {{ id fulfillmentServices {{ id {SERVICE} location {{ id }} }} }} }}",
        data={"shop": {"id": "{shop}", "fulfillmentServices": [MANUAL, ...]}},
    ),
    Example(
        operation="locationAdd",
        source="10, locationAdd: recorded, flags of a new one; ships inventory as it fulfills online orders",
        document=f"""mutation($input: LocationAddInput!) {{
          locationAdd(input: $input) {{ location {{ id name {FLAGS} address {{ countryCode zip }} }} {CODED} }}
        }}""",
        variables={
            "input": {
                "name": "Annex",
                "address": {"countryCode": "SE", "zip": "222 22"},
                "fulfillsOnlineOrders": False,
            }
        },
        data={
            "locationAdd": {
                "location": {
                    "id": id_of("Location"),
                    "name": "Annex",
                    "isActive": True,
                    "activatable": True,
                    "deactivatable": True,
                    "deletable": False,
                    "shipsInventory": False,
                    "fulfillsOnlineOrders": False,
                    "isFulfillmentService": False,
                    "address": {"countryCode": "SE", "zip": "222 22"},
                },
                "userErrors": [],
            }
        },
    ),
    Example(
        operation="locationAdd",
        source="10, locationAdd: recorded, without a name",
        document=f"""mutation {{ locationAdd(input: {{name: "", address: {{countryCode: SE}}}}) {{
          location {{ id }} {CODED}
        }} }}""",
        data={
            "locationAdd": {"location": None, "userErrors": refused(["input", "name"], "Add a location name", "BLANK")}
        },
    ),
    Example(
        operation="locationAdd",
        source="2: recorded, a field that the input does not have",
        document="""mutation Add { locationAdd(input: {name: "A", address: {countryCode: SE}, capabilitiesToAdd: []}) {
          location { id }
        } }""",
        errors=[
            {
                "message": "InputObject 'LocationAddInput' doesn't accept argument 'capabilitiesToAdd'",
                "locations": ...,
                "path": ["mutation Add", "locationAdd", "input", "capabilitiesToAdd"],
                "extensions": {
                    "code": "argumentNotAccepted",
                    "name": "LocationAddInput",
                    "typeName": "InputObject",
                    "argumentName": "capabilitiesToAdd",
                },
            }
        ],
    ),
    Example(
        operation="locationEdit",
        source="10, locationEdit: recorded, the last one that fulfills online orders",
        document=f"""mutation($id: ID!) {{
          locationEdit(id: $id, input: {{fulfillsOnlineOrders: false}}) {{ location {{ id }} {CODED} }}
        }}""",
        variables={"id": "{here}"},
        data={
            "locationEdit": {
                "location": None,
                "userErrors": refused(
                    ["input"],
                    "Online order fulfillment could not be disabled for this location as it is the only location that "
                    "fulfills online orders.",
                    "CANNOT_DISABLE_ONLINE_ORDER_FULFILLMENT",
                ),
            }
        },
    ),
    Example(
        operation="locationEdit",
        source="10, locationEdit: recorded, one that is not there",
        document=f"""mutation {{
          locationEdit(id: "gid://shopify/Location/404", input: {{name: "B"}}) {{ location {{ id }} {CODED} }}
        }}""",
        data={
            "locationEdit": {
                "location": None,
                "userErrors": [{"field": ["id"], "message": "Location not found.", "code": "NOT_FOUND"}],
            }
        },
    ),
    Example(
        operation="locationDeactivate",
        source="10 and 8: recorded, a service's location stays in use, and is returned",
        document=f"""mutation($id: ID!) {{ locationDeactivate(locationId: $id) {idempotent("d1")} {{
          location {{ id isActive }} locationDeactivateUserErrors {{ field message code }}
        }} }}""",
        variables={"id": "{there}"},
        data={
            "locationDeactivate": {
                "location": {"id": "{there}", "isActive": True},
                "locationDeactivateUserErrors": refused(
                    ["locationId"],
                    "Location could not be deactivated because it either has a fulfillment service or is the only "
                    "location with a shipping address.",
                    "PERMANENTLY_BLOCKED_FROM_DEACTIVATION_ERROR",
                ),
            }
        },
    ),
    Example(
        operation="locationDeactivate",
        source="3, idempotency: recorded, without the directive",
        document="""mutation($id: ID!) { locationDeactivate(locationId: $id) { location { id } } }""",
        variables={"id": "{here}"},
        data={"locationDeactivate": None},
        errors=[
            {
                "message": "The @idempotent directive is required for this mutation but was not provided.",
                "locations": ...,
                "path": ["locationDeactivate"],
                "extensions": {"code": "BAD_REQUEST"},
            }
        ],
    ),
    Example(
        operation="locationActivate",
        source="10 and 8: recorded, a service's location",
        document=f"""mutation($id: ID!) {{ locationActivate(locationId: $id) {idempotent("a1")} {{
          location {{ id }} locationActivateUserErrors {{ field message code }}
        }} }}""",
        variables={"id": "{there}"},
        data={
            "locationActivate": {
                "location": ...,
                "locationActivateUserErrors": refused(["locationId"], "Location not found.", "LOCATION_NOT_FOUND"),
            }
        },
    ),
    Example(
        operation="locationDelete",
        source="10, locationDelete: recorded, while it is in use",
        setting=annex,
        document="""mutation($id: ID!) { locationDelete(locationId: $id) {
          deletedLocationId locationDeleteUserErrors { field message code }
        } }""",
        variables={"id": "{annex}"},
        data={
            "locationDelete": {
                "deletedLocationId": None,
                "locationDeleteUserErrors": refused(
                    ["locationId"], "The location cannot be deleted while it is active.", "LOCATION_IS_ACTIVE"
                ),
            }
        },
    ),
    Example(
        operation="location",
        source="3: recorded, one that names nothing; flags as section 8 has them for a service's",
        document="""query($id: ID!) {
          location(id: $id) { id isFulfillmentService shipsInventory fulfillsOnlineOrders }
          missing: location(id: "gid://shopify/Location/999999999999") { __typename }
        }""",
        variables={"id": "{there}"},
        data={
            "location": {
                "id": "{there}",
                "isFulfillmentService": True,
                "shipsInventory": False,
                "fulfillsOnlineOrders": True,
            },
            "missing": None,
        },
    ),
    Example(
        operation="locations",
        source="3, lists: recorded, services' only with includeLegacy, by name",
        setting=annex,
        document="""{
          locations(first: 5) { nodes { name } }
          all: locations(first: 5, includeLegacy: true) { nodes { name } }
        }""",
        data={
            "locations": {"nodes": [{"name": "Annex"}, {"name": "Shop location"}]},
            "all": {"nodes": [{"name": "Acme 3PL"}, {"name": "Annex"}, {"name": "Shop location"}]},
        },
    ),
    Example(
        operation="locations",
        source="2: recorded, a list without a window",
        document="{ locations { nodes { id } } }",
        data=None,
        errors=[
            {
                "message": "you must provide one of first or last",
                "locations": ...,
                "path": ["locations"],
                "extensions": {"code": "BAD_REQUEST"},
            }
        ],
    ),
    Example(
        operation="locationsAvailableForDeliveryProfilesConnection",
        source="3, lists: recorded, services' too, by id",
        setting=annex,
        document="{ locationsAvailableForDeliveryProfilesConnection(first: 5) { nodes { id } } }",
        data={
            "locationsAvailableForDeliveryProfilesConnection": {
                "nodes": [{"id": "{here}"}, {"id": "{there}"}, {"id": "{annex}"}]
            }
        },
    ),
    Example(
        operation="locationsCount",
        source="recorded of ordersCount: the form of a count; what is counted is what is listed",
        setting=annex,
        document="{ locationsCount { count precision } }",
        data={"locationsCount": {"count": 2, "precision": "EXACT"}},
    ),
    Example(
        operation="locationByIdentifier",
        source="documented: a location by its id; null as in section 3",
        document="""query($id: ID!) {
          locationByIdentifier(identifier: {id: $id}) { id name }
          missing: locationByIdentifier(identifier: {id: "gid://shopify/Location/999999999999"}) { id }
        }""",
        variables={"id": "{here}"},
        data={"locationByIdentifier": {"id": "{here}", "name": "Shop location"}, "missing": None},
    ),
)
