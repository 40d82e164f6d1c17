"""What the commands of `crossdock store|service keys` do."""

from collections.abc import Iterator, Mapping, Sequence

from crossdock.cli.access import database
from crossdock.cli.sides import STORE, Side, own_keys
from crossdock.runtime.sealed import Place, count_secrets, renew_secrets
from crossdock.runtime.secrets import Vault
from crossdock.runtime.settings import Settings


async def keys(side: Side, settings: Settings, *, renew: bool) -> tuple[Sequence[str], bool]:
    """Say how many secrets are under which key, after a renewal if that is wanted.

    Return the lines, and whether every secret can be read, and was renewed. Raises: BadKey, Problem.
    """
    vault = Vault(own_keys(side, settings).split(","))
    places = places_of(side)
    lines: list[str] = []
    async with database(side, settings) as pool:
        if renew:
            renewal = await renew_secrets(pool, vault, places)
            lines.append(f"{_secrets(renewal.renewed)} renewed, {renewal.unreadable} not readable")
        found = await count_secrets(pool, places)
    lines += told_of(found, vault.key_ids, renewed=renew)
    wanted = vault.key_ids[:1] if renew else vault.key_ids
    return lines, found.keys() <= set(wanted)


def places_of(side: Side) -> Sequence[Place]:
    """Return where the secrets of a side lie."""
    if side is STORE:
        from crossdock.store.database.secrets import PLACES  # noqa: PLC0415  # a command loads its own side only
    else:
        from crossdock.service.database.secrets import PLACES  # noqa: PLC0415
    return PLACES


def told_of(found: Mapping[str, int], known: Sequence[str], *, renewed: bool) -> Iterator[str]:
    """Tell of each key that is configured or needed; `known`: the ids of those configured, the one in use first.

    Only after a renewal a key without secrets is one that is done with; before, it may be the next one.
    """
    for position, key_id in enumerate(known):
        if position == 0:
            yield f"key {key_id} (in use): {_secrets(found.get(key_id, 0))}"
        elif renewed and key_id not in found:
            yield f"key {key_id}: no secret, can be removed from CROSSDOCK_SECRET_KEYS"
        else:
            yield f"key {key_id}: {_secrets(found.get(key_id, 0))}"
    for key_id in sorted(found.keys() - set(known)):
        yield f"key {key_id} (not in CROSSDOCK_SECRET_KEYS): {_secrets(found[key_id])}, which cannot be read"


def _secrets(count: int) -> str:
    return "1 secret" if count == 1 else f"{count} secrets"
