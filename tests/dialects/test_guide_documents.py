"""What the vendor's guide tells services to ask and to say by GraphQL is known to our schema, and makes no error there.

The guide names the operations, their arguments and what they are to answer; its examples are not printed. So each
document here asks for what the guide says of it.
"""

from pathlib import Path

import graphql
import pytest
from graphql.validation import NoDeprecatedCustomRule

from crossdock.dialects.shopify.graphql.schema import schema

FOLDER = Path(__file__).parent / "documents"
DOCUMENTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.graphql"))}
OLD = {"create_fulfillment_v2"}


def test_each_says_where_it_is_from() -> None:
    assert len(DOCUMENTS) == 13
    assert all(text.startswith("# Source: ") for text in DOCUMENTS.values())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_client_finds_nothing_wrong_with_it(name: str) -> None:
    document = graphql.parse(DOCUMENTS[name])
    assert graphql.validate(schema(), document) == []
    given_up = graphql.validate(schema(), document, [NoDeprecatedCustomRule])
    assert bool(given_up) == (name in OLD), given_up
