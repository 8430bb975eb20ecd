"""The packaged servers: they answer only whom they know, and come back after a kill with what they were given."""

import asyncio
import socket
from pathlib import Path

import nats
import psycopg
import pytest
import redis

from tertulia.local import ports
from tertulia.local.errors import LocalError
from tertulia.local.servers.command import Login, runnable
from tertulia.local.servers.nats import Nats
from tests.conftest import NatsHandle, Servers

STRANGER = Login("stranger", "guess")


def test_postgres_keeps_what_was_committed_over_a_kill(servers: Servers) -> None:
    """A row committed before SIGKILL is there after the restart."""
    owner, _ = servers.postgres.create_service_database("kept")
    with psycopg.connect(owner) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    servers.postgres.kill()
    servers.postgres.start()
    with psycopg.connect(owner) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_a_service_login_owns_nothing_and_does_not_pass_row_security(servers: Servers) -> None:
    """The app's login is neither superuser nor owner, and may make nothing in the database."""
    _, app = servers.postgres.create_service_database("plain")
    with psycopg.connect(app) as connection:
        row = connection.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user").fetchone()
        assert row == (False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (one int)")


def test_a_service_login_reaches_only_its_own_database(servers: Servers) -> None:
    """Another service's database refuses the connection itself."""
    _, app = servers.postgres.create_service_database("here")
    other, _ = servers.postgres.create_service_database("there")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(app, dbname=other.rpartition("/")[2])


def test_vectors_are_there(servers: Servers) -> None:
    """The extension is made by the superuser, so that a service's migrations can use it."""
    owner, _ = servers.postgres.create_service_database("vectors")
    with psycopg.connect(owner) as connection:
        assert connection.execute("SELECT '[1,2]'::vector <-> '[1,3]'").fetchone() == (1.0,)


@pytest.mark.parametrize("login", [STRANGER, Login("postgres", "guess")])
def test_postgres_refuses_a_wrong_password(servers: Servers, login: Login) -> None:
    """No login works without its password, not even from this machine."""
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(servers.postgres.url("postgres", login))


def test_valkey_keeps_its_data_and_refuses_strangers(servers: Servers) -> None:
    """What was written is there after SIGKILL; nobody comes in without a login, and a login may not administer."""
    with redis.Redis.from_url(servers.valkey.url) as client:
        client.set("kept", "1")
        client.wait(0, 0)
        with pytest.raises(redis.exceptions.NoPermissionError):
            client.flushall()
    servers.valkey.stop()
    servers.valkey.start()
    with redis.Redis.from_url(servers.valkey.url) as client:
        assert client.get("kept") == b"1"
    with (
        redis.Redis.from_url(servers.valkey.server.url(STRANGER)) as stranger,
        pytest.raises(redis.exceptions.AuthenticationError),
    ):
        stranger.ping()


async def test_nats_keeps_messages_over_a_kill(servers: Servers) -> None:
    """An acknowledged message is there after SIGKILL."""
    client = await nats.connect(servers.nats.url)
    stream = await client.jetstream().add_stream(name="KEPT", subjects=["kept.>"])
    await client.jetstream().publish("kept.one", b"1")
    await client.close()
    servers.nats.kill()
    servers.nats.start()
    client = await nats.connect(servers.nats.url)
    assert (await client.jetstream().get_msg("KEPT", 1)).data == b"1"
    await client.jetstream().delete_stream(stream.config.name or "")
    await client.close()


async def test_nats_lets_nobody_speak_in_anothers_name(servers: Servers, tmp_path: Path) -> None:
    """A login may not publish what it is not to publish; the refusal reaches it."""
    refused: asyncio.Queue[Exception] = asyncio.Queue()
    chat = Login("chat", "secret")
    server = Nats(tmp_path / "nats", ports.any_free(), [chat], unheard={"chat": ["event.auth.>"]}, sync="10s")
    handle = NatsHandle(server, servers.household, tmp_path / "log")
    client = await nats.connect(server.url(chat), error_cb=refused.put)
    await client.publish("event.chat.message_sent.v1", b"")
    await client.publish("event.auth.access_changed.v1", b"")
    assert "event.auth.access_changed.v1" in str(await refused.get())
    assert refused.empty()
    await client.close()
    handle.kill()


def test_nats_refuses_strangers(servers: Servers) -> None:
    """Nobody comes in without a login."""
    with socket.create_connection(("127.0.0.1", servers.nats.server.port), timeout=5) as stranger:
        stranger.sendall(b'CONNECT {"verbose": true, "user": "stranger", "pass": "guess"}\r\nPING\r\n')
        with stranger.makefile("rb") as answer:
            assert answer.readline().startswith(b"INFO ")
            assert b"Authorization Violation" in answer.readline()


def test_a_binary_that_may_not_be_run_is_said(tmp_path: Path) -> None:
    """With the command that mends it."""
    binary = tmp_path / "server"
    binary.touch(mode=0o644)
    with pytest.raises(LocalError, match="chmod"):
        runnable(binary)
