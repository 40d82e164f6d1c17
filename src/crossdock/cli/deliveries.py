"""`crossdock store delivery|webhook …`: what is sent to apps and services, sent again, and where apps are told."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from crossdock.cli.problems import told

delivery = typer.Typer(help="What was sent to apps and services, and what did not arrive.", no_args_is_help=True)
webhook = typer.Typer(help="Webhook subscriptions of apps.", no_args_is_help=True)

LARGEST_ID = 2**63 - 1

Details = Annotated[Path | None, typer.Option(help="The file with a sandbox's details.")]
ShopName = Annotated[str | None, typer.Option("--shop", help="The shop's subdomain, where there are several.")]
Subscription = Annotated[
    int, typer.Argument(max=LARGEST_ID, help="Its id, as `crossdock store webhook list` shows it.")
]


class Which(StrEnum):
    """Which deliveries are listed."""

    ALL = "all"
    FAILED = "failed"
    WAITING = "waiting"
    DELIVERED = "delivered"


@delivery.command("list")
def list_deliveries(
    which: Annotated[Which, typer.Argument(help="Which of them.")] = Which.FAILED,
    *,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The newest, at most so many.")] = 50,
    shop: ShopName = None,
    details: Details = None,
) -> None:
    """List what was sent, newest first: those that failed, unless told otherwise; and how many there are of each."""
    with told():
        from crossdock.cli import redelivering  # noqa: PLC0415
        from crossdock.cli.desks import desk  # noqa: PLC0415
        from crossdock.runtime.process import run  # noqa: PLC0415

        name = "" if which is Which.ALL else which.value
        run(redelivering.show_deliveries(desk(details, shop, soft_wrap=True), name, limit))


@delivery.command("replay")
def replay(
    ids: Annotated[
        list[int] | None,
        typer.Argument(max=LARGEST_ID, help="Ids of deliveries, as `crossdock store delivery list` shows them."),
    ] = None,
    *,
    since: Annotated[
        str | None,
        typer.Option(help="Instead of ids: all that failed since this time (UTC), like 2026-11-21T14:00."),
    ] = None,
    until: Annotated[str | None, typer.Option(help="And before this time; else until now.")] = None,
    to: Annotated[str | None, typer.Option(help="Only to this receiver, as `delivery list` names it.")] = None,
    arrived: Annotated[bool, typer.Option("--arrived", help="Those that arrived, too.")] = False,
    shop: ShopName = None,
    details: Details = None,
) -> None:
    """Send deliveries again, with the message ids that they had: some, or all that failed in a time.

    They go out in their order as soon as a worker runs, whatever their receivers did before. Left out of a time is what
    was called back on purpose, and what the law on privacy asks for: that can be named by its id.
    """
    if bool(ids) == (since is not None):
        raise typer.BadParameter("give ids of deliveries, or --since")
    if ids and (until is not None or to is not None or arrived):
        raise typer.BadParameter("--until, --to and --arrived go with --since")
    with told():
        from crossdock.cli import redelivering  # noqa: PLC0415
        from crossdock.cli.desks import desk, parse_time  # noqa: PLC0415
        from crossdock.domain.deliveries import ReplayDeliveries  # noqa: PLC0415
        from crossdock.runtime.process import run  # noqa: PLC0415

        at = desk(details, shop, soft_wrap=True)
        if since is None:
            run(redelivering.replay(at, ids or ()))
            return
        command = ReplayDeliveries(
            since=parse_time(since), until=parse_time(until) if until else None, endpoint=to, arrived=arrived
        )
        run(redelivering.replay_all(at, command))


@webhook.command("list")
def list_webhooks(*, shop: ShopName = None, details: Details = None) -> None:
    """List every app's subscriptions, with those that were disabled and why."""
    with told():
        from crossdock.cli import redelivering  # noqa: PLC0415
        from crossdock.cli.desks import desk  # noqa: PLC0415
        from crossdock.runtime.process import run  # noqa: PLC0415

        run(redelivering.show_webhooks(desk(details, shop, soft_wrap=True)))


@webhook.command("test")
def send_test(subscription: Subscription, *, shop: ShopName = None, details: Details = None) -> None:
    """Send a made-up event of a subscription's topic to its address, also where it is disabled."""
    with told():
        from crossdock.cli import redelivering  # noqa: PLC0415
        from crossdock.cli.desks import desk  # noqa: PLC0415
        from crossdock.runtime.process import run  # noqa: PLC0415

        run(redelivering.send_test(desk(details, shop, soft_wrap=True), subscription))


@webhook.command("enable")
def enable(subscription: Subscription, *, shop: ShopName = None, details: Details = None) -> None:
    """Let a disabled subscription hear again of what happens from now on."""
    with told():
        from crossdock.cli import redelivering  # noqa: PLC0415
        from crossdock.cli.desks import desk  # noqa: PLC0415
        from crossdock.runtime.process import run  # noqa: PLC0415

        run(redelivering.enable(desk(details, shop, soft_wrap=True), subscription))
