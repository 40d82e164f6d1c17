"""The story that a page tells of events and messages."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from crossdock.runtime.exchange.journey import LedgerMessage
from crossdock.runtime.timeline import Caption, Happening, Utterance, path_of, timeline

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ids = count(1)


def said(
    kind: str, *, at: datetime = AT, direction: str = "out", method: str = "POST", status: str = "delivered",
    answer: int | None = 200,
) -> LedgerMessage:  # fmt: skip
    return LedgerMessage(
        id=next(ids),
        direction=direction,
        kind=kind,
        message_id="m",
        endpoint="e",
        subject=None,
        method=method,
        url="https://store.example/a/b.json?limit=2",
        request_headers={},
        request_body=b"",
        status=status,
        reason=None,
        created_at=at,
        finished_at=None,
        next_attempt_at=None,
        answer_status=answer,
        answer_headers=None,
        answer_body=None,
        attempts=(),
    )


def told(*messages: LedgerMessage, events: tuple[str, ...] = ()) -> list[str]:
    happenings = [Happening(key=words, at=AT, words=words, icon="point") for words in events]
    moments = timeline(happenings, messages, lambda message: Caption(words=message.kind))
    return [moment.caption.words if isinstance(moment, Utterance) else moment.words for moment in moments]


def test_at_one_time_the_call_comes_before_what_it_caused_and_what_goes_out_after() -> None:
    assert told(said("notice"), said("call", direction="in"), events=("first", "second")) == [
        "call",
        "first",
        "second",
        "notice",
    ]


def test_questions_repeated_in_a_row_are_one() -> None:
    pulls = [said("pull", method="GET", at=AT + timedelta(seconds=second)) for second in range(3)]
    (moment,) = timeline([], pulls, lambda message: Caption(words=message.kind))
    assert isinstance(moment, Utterance)
    assert moment.messages == tuple(pulls)
    assert moment.path == "/a/b.json"


def test_what_was_told_or_answered_otherwise_stands_alone() -> None:
    assert told(said("answer"), said("answer")) == ["answer", "answer"]
    assert told(said("pull", method="GET"), said("pull", method="GET", answer=503, status="dead")) == ["pull", "pull"]


def test_a_sign_says_how_a_message_ended() -> None:
    def sign(status: str, answer: int | None) -> tuple[str, str]:
        (moment,) = timeline([], [said("x", status=status, answer=answer)], lambda message: Caption(words="x"))
        assert isinstance(moment, Utterance)
        return moment.sign, moment.tone

    assert sign("delivered", 200) == ("200", "good")
    assert sign("waiting", None) == ("on its way", "waiting")
    assert sign("dead", 503) == ("503 dead", "bad")
    assert sign("dead", None) == ("dead", "bad")
    assert sign("refused", 422) == ("422", "bad")
    assert sign("cancelled", None) == ("cancelled", "quiet")


@pytest.mark.parametrize(
    "url", ["https://a.example/b/c?d=/e", "http://[::::]/b/c", "/b/c?d=http://e/f", "http://a/b/c#?"]
)
def test_the_path_is_found_in_any_address(url: str) -> None:
    assert path_of(url) == "/b/c"
