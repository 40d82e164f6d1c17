"""What a store's answer means. Source: 29 Next Admin API, errors and rate limit; Django REST Framework's bodies."""

from crossdock.dialects.asking import Budget, Disconnected, Judgement, Later, Refused, Reply, Taken, Withheld
from crossdock.dialects.next29.errors import read_error

_DISCONNECTED = 401
_MISSING = 404
_THROTTLED = 429
_REFUSING = frozenset({400, 405, 406, 410, 413, 414, 415, 422})
_WITHHOLDING = frozenset({402, 403, 423})
_WINDOW = 1.0
_LONGEST = 86_400.0
CALLS_PER_SECOND = 4.0
ALLOWANCE = Budget(available=CALLS_PER_SECOND, maximum=CALLS_PER_SECOND, per_second=CALLS_PER_SECOND)


def judge(reply: Reply) -> Judgement:
    """Judge an answer by its status. A path that is none of the API's is answered by a page of the storefront."""
    if 200 <= reply.status < 300:
        return Taken()
    words = read_error(reply.status, reply.body)
    if reply.status == _DISCONNECTED:
        return Disconnected(words=words)
    if reply.status in _WITHHOLDING:
        return Withheld(words=words)
    if reply.status == _MISSING:
        if not isinstance(reply.body, dict):
            return Withheld(words=f"there is no Admin API under this address ({words})")
        return Refused(words=words, missing=True)
    if reply.status in _REFUSING:
        return Refused(words=words)
    if reply.status == _THROTTLED:
        return Later(words=words, seconds=_wait(reply), early=True)
    return Later(words=words)


def budget(reply: Reply) -> Budget | None:
    """Return what is left after a call that came too early: nothing. No other answer tells."""
    if reply.status != _THROTTLED:
        return None
    return Budget(available=0.0, maximum=ALLOWANCE.maximum, per_second=ALLOWANCE.per_second)


def _wait(reply: Reply) -> float:
    text = reply.headers.get("retry-after", "").strip()
    seconds = float(text) if text.isascii() and text.isdecimal() and len(text) < 9 else _WINDOW
    return min(max(seconds, _WINDOW), _LONGEST)
