"""Whether something listens, told without waiting."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from miavo_gateway.local.servers.port_watch import PortWatch


@pytest.fixture
def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_it_is_told_at_once_on_this_machine(
    host: str, free_port: int, listener: socket.socket
) -> None:
    assert PortWatch(host, free_port).listening is False
    assert PortWatch(host, listener.getsockname()[1]).listening is True


def test_a_look_is_good_for_five_seconds(free_port: int) -> None:
    now = 100.0
    watch = PortWatch("127.0.0.1", free_port, clock=lambda: now)
    assert watch.listening is False
    with socket.create_server(("127.0.0.1", free_port)):
        now = 104.9
        assert watch.listening is False
        now = 105.0
        assert watch.listening is True
    now = 109.9
    assert watch.listening is True
    now = 110.0
    assert watch.listening is False


def test_a_process_with_more_than_a_thousand_open_files_is_told_too(
    free_port: int, listener: socket.socket
) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 1200:
        pytest.skip("no more files may be open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1200), hard))
    files = [os.dup(listener.fileno())]
    try:
        while files[-1] <= 1024:
            files.append(os.dup(listener.fileno()))
        assert PortWatch("127.0.0.1", free_port).listening is False
        assert PortWatch("127.0.0.1", listener.getsockname()[1]).listening is True
    finally:
        for file in files:
            os.close(file)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_names_are_not_looked_up() -> None:
    assert PortWatch("a-host.invalid", 80).listening is None
