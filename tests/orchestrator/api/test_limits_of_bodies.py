"""Bodies of requests on both sides of what is allowed: their size, their pauses, and what the answer looks like."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from orchestrator.api import bodies
from orchestrator.api.bodies import BodyLimit
from orchestrator.api.errors import ApiError

MIB = 1 << 20
DRAIN_SECONDS = bodies._DRAIN_SECONDS
Said = dict[str, Any]


@pytest.fixture(autouse=True)
def _soon_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "_DRAIN_SECONDS", 0.02)


def part(data: bytes, more: bool = True) -> Said:
    return {"type": "http.request", "body": data, "more_body": more}


class Client:
    """Sends ``messages`` one by one, each after its pause, then says nothing more; keeps what is answered."""

    def __init__(self, messages: Sequence[Said], pause: float = 0.0) -> None:
        self.left, self.pause = list(messages), pause
        self.answered: list[Said] = []

    async def receive(self) -> Said:
        if not self.left:
            await asyncio.sleep(60.0)
        await asyncio.sleep(self.pause)
        return self.left.pop(0)

    async def send(self, message: Said) -> None:
        self.answered.append(message)


def asked(client: Client, most: int, headers: Sequence[tuple[bytes, bytes]] = (), **limits: Any) -> list[Said]:
    """What the program behind the limit heard."""
    heard: list[Said] = []

    async def reads(scope: Any, receive: Any, send: Any) -> None:
        while True:
            heard.append(await receive())
            if not heard[-1].get("more_body"):
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})

    scope = {"type": limits.pop("kind", "http"), "headers": list(headers)}
    asyncio.run(BodyLimit(reads, most, **limits)(scope, client.receive, client.send))  # type: ignore[arg-type]
    return heard


def error_of(client: Client) -> tuple[int, dict[str, Any]]:
    start, body, end = client.answered
    assert dict(start["headers"])[b"connection"] == b"close"
    assert (body["more_body"], end) == (True, {"type": "http.response.body", "body": b""})
    return start["status"], json.loads(body["body"])["error"]


def test_a_body_of_exactly_the_most_is_read_and_one_byte_more_is_refused() -> None:
    whole = Client([part(b"a" * 6), part(b"b" * 4, more=False)])
    assert [message["body"] for message in asked(whole, most=10)] == [b"a" * 6, b"b" * 4]
    assert [message["status"] for message in whole.answered] == [200]
    longer = Client([part(b"a" * 6), part(b"b" * 5, more=False)])
    asked(longer, most=10)
    status, error = error_of(longer)
    assert (status, error["code"], error["reason"]) == (413, "body_too_large", "body_too_large")


@pytest.mark.parametrize(("most", "megabytes"), [(3 * MIB, 3), (3 * MIB - 1, 2), (2 * MIB, 2)])
def test_the_limit_is_told_in_whole_megabytes(most: int, megabytes: int) -> None:
    client = Client([part(b"", more=False)])
    asked(client, most, [(b"content-length", str(most + 1).encode())])
    assert error_of(client)[1]["params"] == {"megabytes": megabytes}


def test_what_is_announced_too_large_is_refused_before_the_program_hears_of_it() -> None:
    headers = [(b"host", b"here"), (b"content-length", b"11")]
    client = Client([part(b"a" * 11, more=False)])
    assert asked(client, 10, headers) == []
    assert error_of(client)[0] == 413
    allowed = Client([part(b"a" * 10, more=False)])
    assert len(asked(allowed, 10, [(b"host", b"here"), (b"content-length", b"10")])) == 1


@pytest.mark.parametrize("length", [b"-99", b"many", b"1e9", b""])
def test_a_length_that_is_none_announces_nothing(length: bytes) -> None:
    client = Client([part(b"ab", more=False)])
    assert len(asked(client, 10, [(b"content-length", length)])) == 1


def test_who_is_silent_for_too_long_is_told_so() -> None:
    client = Client([part(b"ab")])
    asked(client, 10, patience=0.05)
    status, error = error_of(client)
    assert (status, error["code"], error["reason"]) == (408, "timeout", "body_too_slow")


def test_who_sends_a_little_in_time_again_and_again_is_still_cut_off_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bodies, "_WHOLE_PATIENCE", 0.1)
    client = Client([part(b"a") for _ in range(40)], pause=0.02)
    asked(client, 1000, patience=5.0)
    assert error_of(client)[0] == 408


def test_who_is_slow_but_in_time_is_heard_to_the_end() -> None:
    client = Client([part(b"a"), part(b"b"), part(b"c", more=False)], pause=0.05)
    assert len(asked(client, 10, patience=5.0)) == 3


@pytest.mark.parametrize("whole", [part(b"ab", more=False), {"type": "http.request", "body": b"ab"}])
def test_behind_the_whole_body_nobody_is_hurried(whole: Said) -> None:
    """A program that streams its answer waits for the disconnect as long as it takes."""
    client = Client([whole, {"type": "http.disconnect"}])

    async def listens(scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["body"] == b"ab"
        client.pause = 0.1
        assert (await receive())["type"] == "http.disconnect"

    asyncio.run(BodyLimit(listens, 10, patience=0.02)({"type": "http", "headers": []}, client.receive, client.send))  # type: ignore[arg-type]
    assert client.answered == []


def test_a_client_that_goes_away_is_heard_as_such() -> None:
    client = Client([part(b"ab"), {"type": "http.disconnect"}])
    assert [message["type"] for message in asked(client, 10)] == ["http.request", "http.disconnect"]


def test_an_answer_that_has_begun_is_not_begun_again() -> None:
    async def begins(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()

    client = Client([part(b"a" * 11)])
    with pytest.raises(ApiError):
        asyncio.run(BodyLimit(begins, 10)({"type": "http", "headers": []}, client.receive, client.send))  # type: ignore[arg-type]
    assert len(client.answered) == 1


def test_what_is_no_request_passes_untouched() -> None:
    client = Client([{"type": "lifespan.startup"}])
    heard = asked(client, 1, [(b"content-length", b"99")], kind="lifespan")
    assert [message["type"] for message in heard] == ["lifespan.startup"]


def test_what_a_refused_client_still_sends_is_taken_to_its_end_but_not_without_end() -> None:
    ends = Client([part(b"a" * 4), part(b"a" * 4, more=False), part(b"later")])
    asked(ends, 10, [(b"content-length", b"11")])
    assert len(ends.left) == 1
    endless = Client([part(b"a" * 5) for _ in range(9)])
    asked(endless, 10, [(b"content-length", b"11")])
    assert len(endless.left) == 6
    gone = Client([part(b"a"), {"type": "http.disconnect"}, part(b"later")])
    asked(gone, 10, [(b"content-length", b"11")])
    assert len(gone.left) == 1


def test_a_refused_client_that_stalls_keeps_nobody() -> None:
    client = Client([])
    asked(client, 10, [(b"content-length", b"11")])
    assert error_of(client)[0] == 413


def test_a_body_has_half_a_minute_between_parts_and_a_quarter_of_an_hour_in_all() -> None:
    assert BodyLimit(lambda *_: None, 1).patience == 30.0  # type: ignore[arg-type, return-value]
    assert (bodies._WHOLE_PATIENCE, DRAIN_SECONDS) == (900.0, 10.0)
