"""Keys: made, kept as hashes, revoked; who enters with one, who without."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from fastapi import Request
from sqlalchemy import Engine, event, select

from avatar.core.errors import OptionError
from orchestrator.api.access import caller
from orchestrator.api.app import create_app
from orchestrator.cli.main import run
from orchestrator.jobs import api_keys
from orchestrator.jobs.api_keys import Keys, Limits, local_webhook_secret
from orchestrator.jobs.database import KEYS
from orchestrator.settings import Settings
from tests.service.doors import Door, asked
from tests.service.servers import Redis

ASKED = "/v1/session"


@pytest.fixture
def door(tmp_path: Path, own_connections: None) -> Door:
    return Door(create_app(Settings(data_dir=tmp_path)))


def enter(door: Door, secret: str = "", **headers: str) -> httpx.Response:
    return door.ask("GET", ASKED, headers=headers | ({"Authorization": f"Bearer {secret}"} if secret else {}))


def test_a_key_is_kept_as_a_hash_only(engine: Engine) -> None:
    keys = Keys(engine)
    assert not keys.exist()
    key, secret = keys.create("Anna's laptop", "https://example.com/hook", Limits(5, 3, 60))
    assert secret.startswith("gvr_")
    assert keys.find(secret) == key
    with engine.connect() as connection:
        assert secret[4:] not in json.dumps([list(row) for row in connection.execute(select(KEYS))])
    assert keys.find(secret + "x") is None
    assert keys.find("gvr_" + "x" * 10_000) is None
    assert keys.find("gvr_\ud800") is None
    assert keys.exist()


def test_a_revoked_key_opens_nothing(engine: Engine) -> None:
    keys = Keys(engine)
    key, secret = keys.create("one")
    _, other = keys.create("two")
    assert keys.revoke(key.id)
    assert not keys.revoke(key.id)
    assert keys.find(secret) is None
    assert keys.get(key.id) is None
    assert keys.find(other) is not None
    assert [(one.name, one.revoked_at is not None) for one in keys.all()] == [("one", True), ("two", False)]


def test_the_last_use_is_noted_once_a_minute(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted in what is sent to the database: whoever asks often must not write as often."""
    keys = Keys(engine)
    _, secret = keys.create("one")
    written: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *told: written.append(told[2]))
    used = []
    for now in (1000.0, 1000.5, 1059.0, 1061.0, 1062.0, 1200.0):
        monkeypatch.setattr(api_keys, "time", SimpleNamespace(time=lambda now=now: now))
        key = keys.find(secret)
        assert key is not None
        keys.note_use(key)
        used.append(keys.all()[0].used_at)
    assert used == [1000.0, 1000.0, 1000.0, 1061.0, 1061.0, 1200.0]
    assert sum(statement.startswith("UPDATE") for statement in written) == 3


@pytest.mark.parametrize(
    ("name", "limits"),
    [("", Limits()), ("a\nb", Limits()), ("x" * 200, Limits()), ("a", Limits(priority=999)), ("a", Limits(0, 0)),
     ("a", Limits(0, None, -1))],
)  # fmt: skip
def test_a_key_that_cannot_be_is_refused(tmp_path: Path, engine: Engine, name: str, limits: Limits) -> None:
    with pytest.raises(OptionError):
        Keys(engine).create(name, "", limits)


def test_the_local_webhook_secret_is_made_once_and_private(tmp_path: Path) -> None:
    secret = local_webhook_secret(tmp_path)
    assert secret.startswith("whsec_")
    assert local_webhook_secret(tmp_path) == secret
    assert (tmp_path / "webhook.secret").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["webhook.secret"]


def test_the_command_makes_lists_and_revokes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], own_connections: None
) -> None:
    monkeypatch.setenv("GOVORUN_DATA_DIR", str(tmp_path))
    assert run(["keys", "create", "Anna", "--webhook", "https://example.com/h", "--priority", "2", "--rpm", "9"]) == 0
    said = capsys.readouterr()
    secret = said.out.strip()
    assert "From now on" in said.err
    assert run(["keys", "list", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["name"], listed["priority"], listed["requests_per_minute"]) == ("Anna", 2, 9)
    assert "hash" not in listed
    assert "webhook_secret" not in listed
    assert run(["keys", "list"]) == 0
    assert "never used" in capsys.readouterr().out
    assert run(["keys", "revoke", listed["id"]]) == 0
    assert run(["keys", "revoke", listed["id"]]) == 2
    assert secret not in capsys.readouterr().out
    assert run(["keys", "create", "Anna", "--webhook", "ftp://example.com"]) == 2
    assert run(["keys", "webhook-secret"]) == 0
    assert capsys.readouterr().out.startswith("whsec_")


def test_this_machine_needs_no_key_until_one_is_made(door: Door) -> None:
    assert enter(door).json()["key"] is None
    assert enter(door, "sk-anything").status_code == 200
    key, secret = Keys(door.service.engine).create("one")
    refused = enter(door)
    assert refused.status_code == 401
    assert asked(refused).type == "authentication_error"
    assert asked(enter(door, "sk-anything")).code == "invalid_api_key"
    assert enter(door, secret).json()["key"] == key.id
    Keys(door.service.engine).revoke(key.id)
    assert enter(door, secret).status_code == 401
    assert enter(door).status_code == 401


@pytest.mark.parametrize(
    ("address", "host", "headers"),
    [
        ("192.0.2.7", "127.0.0.1:8000", {}),
        ("127.0.0.1", "evil.example:8000", {}),
        ("127.0.0.1", "127.0.0.1.evil.example", {}),
        ("127.0.0.1", "localhost:8000", {"X-Forwarded-For": "192.0.2.7"}),
        ("127.0.0.1", "localhost:8000", {"Forwarded": "for=192.0.2.7"}),
    ],
)
def test_elsewhere_a_key_is_needed(door: Door, address: str, host: str, headers: dict[str, str]) -> None:
    """From another machine, through a proxy, and by a name that somebody made point here."""
    far = Door(door.app, address, "127.0.0.1")
    assert enter(far, "", Host=host, **headers).status_code == 401
    _, secret = Keys(door.service.engine).create("one")
    assert enter(far, secret, Host=host, **headers).status_code == 200


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:9", "127.8.8.8", "[::1]:8000"])
def test_this_machine_has_several_names(door: Door, host: str) -> None:
    assert enter(door, "", Host=host).status_code == 200


def test_a_service_that_listens_to_others_needs_keys(door: Door) -> None:
    door.app.state.host = "0.0.0.0"
    assert enter(door).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://127.0.0.1:8000"}, 200),
        ({"Origin": "http://127.0.0.1:3000"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}, 200),
    ],
)
def test_pages_of_other_sites_are_refused(door: Door, headers: dict[str, str], status: int) -> None:
    assert enter(door, "", **headers).status_code == status


def test_a_session_stands_for_a_key(door: Door) -> None:
    keys = Keys(door.service.engine)
    key, secret = keys.create("Anna")
    assert door.ask("POST", ASKED, json={"key": "gvr_wrong"}).status_code == 401
    signed_in = door.ask("POST", ASKED, json={"key": secret})
    assert signed_in.json() == {"object": "session", "name": "Anna"}
    cookie = signed_in.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert secret not in cookie
    value = cookie.partition(";")[0]
    assert enter(door, "", Cookie=value).json()["key"] == key.id
    assert enter(door, "", Cookie=value, Origin="https://evil.example").status_code == 403
    assert enter(Door(door.app, "192.0.2.7"), "", Cookie=value).status_code == 200
    through_proxy = {"X-Forwarded-Host": "videos.example", "Origin": "https://videos.example"}
    assert enter(door, "", Cookie=value, **through_proxy).status_code == 200
    name, _, content = value.partition("=")
    owner, until, mark, signature = content.split(".")
    for forged in (
        f"{owner}.{int(until) + 1}.{mark}.{signature}",
        f"{owner}.{until}.00000000.{signature}",
        f"{owner}.{until}.{mark}.{'0' * 64}",
        f"x.{until}.{mark}.{signature}",
        f"{owner}.{until}.{signature}",
        "x",
    ):
        assert enter(door, "", Cookie=f"{name}={forged}").status_code == 401
    signed_out = door.ask("DELETE", ASKED, headers={"Cookie": value})
    assert "Max-Age=0" in signed_out.headers["set-cookie"]
    keys.revoke(key.id)
    assert enter(door, "", Cookie=value).status_code == 401


def test_who_signed_out_is_out_with_every_copy_of_the_cookie(door: Door) -> None:
    """And nobody else is, though both signed in at the same moment."""
    _, secret = Keys(door.service.engine).create("Anna")
    signed_in = [door.ask("POST", ASKED, json={"key": secret}).headers["set-cookie"] for _ in range(2)]
    mine, other = (cookie.partition(";")[0] for cookie in signed_in)
    assert door.ask("DELETE", ASKED, headers={"Cookie": mine}).status_code == 200
    assert enter(door, "", Cookie=mine).status_code == 401
    assert enter(door, "", Cookie=other).status_code == 200
    for nothing in ({}, {"Cookie": mine}, {"Cookie": f"{mine}x"}):
        assert door.ask("DELETE", ASKED, headers=nothing).status_code == 200


def test_sessions_that_were_ended_are_forgotten_when_their_time_is_over(engine: Engine) -> None:
    keys = Keys(engine)
    keys.end_session("old", time.time() - 1.0)
    keys.end_session("new", time.time() + 60.0)
    keys.end_session("new", time.time() + 60.0)
    assert [keys.has_ended(session) for session in ("old", "new", "other")] == [False, True, False]


def test_a_key_may_not_ask_too_often(door: Door) -> None:
    _, secret = Keys(door.service.engine).create("slow", "", Limits(requests_per_minute=2))
    _, other = Keys(door.service.engine).create("fast")
    answers = [enter(door, secret) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
    assert asked(answers[2]).type == "rate_limit_error"
    assert enter(door, other).status_code == 200


def test_many_wrong_keys_are_slowed(door: Door) -> None:
    _, secret = Keys(door.service.engine).create("one")
    answers = [enter(door, f"gvr_guess{number}").status_code for number in range(25)]
    assert answers[:20] == [401] * 20
    assert answers[20:] == [429] * 5
    assert enter(door, secret).status_code == 200
    assert enter(Door(door.app, "192.0.2.7"), "gvr_guess").status_code == 401


def test_requests_are_counted_in_redis_by_all_processes(tmp_path: Path, redis: Redis, own_connections: None) -> None:
    settings = Settings(data_dir=tmp_path, broker=redis.url)
    doors = [Door(create_app(settings)) for _ in range(2)]
    _, secret = Keys(doors[0].service.engine).create(f"slow {time.time()}", "", Limits(requests_per_minute=3))
    assert [enter(doors[number % 2], secret).status_code for number in range(4)] == [200, 200, 200, 429]


def test_each_process_counts_by_itself_while_redis_is_away(tmp_path: Path, own_connections: None) -> None:
    door = Door(create_app(Settings(data_dir=tmp_path, broker="redis://127.0.0.1:1/0")))
    _, secret = Keys(door.service.engine).create("one", "", Limits(requests_per_minute=2))
    answers = [enter(door, secret) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 60


def test_who_is_alone_on_the_machine_has_no_share_of_it(door: Door) -> None:
    """The setting is for keys."""
    headers = [(b"host", b"localhost")]
    scope = {"type": "http", "app": door.app, "method": "GET", "client": ("127.0.0.1", 1), "headers": headers}
    assert asyncio.run(caller(Request(scope))).open_jobs is None
    _, secret = Keys(door.service.engine).create("one")
    request = Request({**scope, "headers": [*headers, (b"authorization", f"Bearer {secret}".encode())]})
    assert asyncio.run(caller(request)).open_jobs == door.service.settings.open_jobs
