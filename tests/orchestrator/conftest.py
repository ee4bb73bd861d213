"""What the tests of the service share: servers of their own, each started once a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from orchestrator.jobs.database import open_database
from orchestrator.jobs.service import forget_connections
from tests.service.live import live_service
from tests.service.servers import S3, Postgres, RabbitMQ, Redis

__all__ = ["live_service"]


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """A Redis server of the run's own."""
    with Redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def redis_url(redis: Redis) -> str:
    """Its URL."""
    return redis.url


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[RabbitMQ]:
    """A RabbitMQ server of the run's own."""
    with RabbitMQ() as server:
        yield server


@pytest.fixture(params=["folder", "redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest) -> str:
    """The setting ``broker``: each that the service may have."""
    return "" if request.param == "folder" else str(request.getfixturevalue(request.param).url)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of the run's own."""
    with Postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The setting ``database`` of a service that has none yet: SQLite below its data folder, and PostgreSQL."""
    if request.param == "sqlite":
        yield ""
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database() as url:
        yield url


@pytest.fixture
def engine(database: str, tmp_path: Path) -> Iterator[Engine]:
    """The tables, empty."""
    opened = open_database(database, tmp_path)
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    """An S3 server of the run's own, with a bucket ``govorun``."""
    with S3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def own_connections() -> Iterator[None]:
    """Connections of this test are closed behind it."""
    yield
    forget_connections()
