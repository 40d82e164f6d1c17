"""Virtual time, processes that live in it and die, and a network between them that loses, repeats and delays."""

import heapq
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from crossdock.runtime.http.outgoing import NoAnswer, OutgoingAnswer, OutgoingRequest

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATEST = 120.0
LONGEST_OUTAGE = 90.0


@dataclass(frozen=True, kw_only=True)
class Sleep:
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Send:
    """A request on its way; the process goes on with the answer, or with NoAnswer raised."""

    to: "Node"
    request: OutgoingRequest
    deadline: float


Process = Generator[Sleep | Send, Any, Any]


class Time:
    """What happens when. Nothing happens twice at once: what is due together happens in the order it was asked for."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.waiting: list[tuple[float, int, Callable[[], None]]] = []
        self.order = count()

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        heapq.heappush(self.waiting, (self.seconds + max(seconds, 0.0), next(self.order), act))

    def run(self, goes_on: Callable[[], bool]) -> None:
        while goes_on():
            self.seconds, _, act = heapq.heappop(self.waiting)
            act()


@dataclass(kw_only=True)
class Weather:
    """How likely each misfortune is: a request or an answer is lost, comes twice or late, a process dies at a step."""

    chance: Random
    loses_requests: float = 0.0
    loses_answers: float = 0.0
    repeats: float = 0.0
    delays: float = 0.0
    kills: float = 0.0

    def clear(self) -> None:
        self.loses_requests = self.loses_answers = self.repeats = self.delays = self.kills = 0.0

    def happens(self, likelihood: float) -> bool:
        return likelihood > 0 and self.chance.random() < likelihood

    def travel(self) -> float:
        """Return how long something is on its way."""
        if self.happens(self.delays):
            return self.chance.uniform(1.0, LATEST)
        return self.chance.uniform(0.01, 0.2)

    def journeys(self) -> list[float]:
        """Return when a request arrives: never, once, or again."""
        if self.happens(self.loses_requests):
            return []
        again = [self.travel()] if self.happens(self.repeats) else []
        return [self.travel(), *again]

    def outage(self) -> float:
        return self.chance.uniform(0.5, LONGEST_OUTAGE)


@dataclass(kw_only=True)
class Node:
    """A process of the operating system. What it was doing is gone when it dies; `boot` is what it does when it rises.

    `serve` answers a request, whose effects are safe when it returns.
    """

    time: Time
    weather: Weather
    serve: Callable[[OutgoingRequest], OutgoingAnswer] | None = None
    boot: Callable[[], None] = field(default=lambda: None)
    is_up: bool = True
    life: int = 0
    deaths: int = 0

    def start(self, process: Process) -> None:
        if self.is_up:
            life = self.life
            self.time.after(0.0, lambda: self.go_on(process, None, life))

    def go_on(self, process: Process, outcome: object, life: int) -> None:
        """Let a process take its next step, unless it died; it may die before the step or after it."""
        if life != self.life or self.dies():
            return
        try:
            step = process.throw(outcome) if isinstance(outcome, Exception) else process.send(outcome)
        except StopIteration:
            return
        if self.dies():
            return
        if isinstance(step, Sleep):
            self.time.after(step.seconds, lambda: self.go_on(process, None, life))
        else:
            self.carry(step, lambda came: self.go_on(process, came, life))

    def carry(self, sent: Send, go_on: Callable[[object], None]) -> None:
        over: list[bool] = []

        def end(outcome: object) -> None:
            if not over:
                over.append(True)
                go_on(outcome)

        def arrive() -> None:
            outcome = sent.to.answered(sent.request)
            if outcome is not None:
                self.time.after(self.weather.travel(), lambda: end(outcome))

        self.time.after(sent.deadline, lambda: end(NoAnswer("no answer in time")))
        for seconds in self.weather.journeys():
            self.time.after(seconds, arrive)

    def answered(self, request: OutgoingRequest) -> OutgoingAnswer | NoAnswer | None:
        """Answer a request that arrives. None: the answer is lost, or we died before or after doing what was asked."""
        if not self.is_up:
            return NoAnswer("connection refused")
        assert self.serve is not None
        if self.dies():
            return None
        answer = self.serve(request)
        if self.dies() or self.weather.happens(self.weather.loses_answers):
            return None
        return answer

    def dies(self) -> bool:
        if not self.weather.happens(self.weather.kills):
            return False
        self.is_up = False
        self.life += 1
        self.deaths += 1
        self.time.after(self.weather.outage(), self.rise)
        return True

    def rise(self) -> None:
        self.is_up = True
        self.boot()
