"""From when to when: the four filters that most lists have. Source: Shopify REST, `created_at_min` and so on."""

from crossdock.dialects.shopify.fields import Parameters
from crossdock.domain.queries import Spans

_NAMES = ("created_at_min", "created_at_max", "updated_at_min", "updated_at_max")


def write_spans(spans: Spans) -> tuple[tuple[str, str], ...]:
    """Write the filters that are set."""
    times = ((name, getattr(spans, name)) for name in _NAMES)
    return tuple((name, at.isoformat()) for name, at in times if at is not None)


def read_spans(parameters: Parameters) -> Spans:
    """Raises: Unreadable for what is no time."""
    return Spans(**{name: parameters.time(name) for name in _NAMES})
