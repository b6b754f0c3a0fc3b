"""Who is at this machine: the server's own judgement."""

import pytest
from fastapi import Request

from hub.web.security import is_on_this_machine


def request(address: str | None, host: str, **headers: str) -> Request:
    named = {"host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Request(
        {
            "type": "http",
            "client": (address, 40000) if address else None,
            "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        }
    )


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.9", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]", "[::1]:8080"])
def test_a_loopback_address_that_asks_for_a_loopback_name_is_here(address: str, host: str) -> None:
    assert is_on_this_machine(request(address, host))


@pytest.mark.parametrize("address", [None, "", "192.0.2.1", "10.0.0.1", "::2", "::ffff:192.0.2.1", "localhost", "x"])
def test_another_address_is_elsewhere(address: str | None) -> None:
    assert not is_on_this_machine(request(address, "localhost"))


@pytest.mark.parametrize(
    "host",
    [
        *("", "hub.local", "hub.local:8080", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example"),
        *("localhost@evil.example", "[::1", "[::2]", "192.0.2.1", "127.0.0.2"),
    ],
)
def test_another_name_is_elsewhere_even_if_it_points_here(host: str) -> None:
    assert not is_on_this_machine(request("127.0.0.1", host))


@pytest.mark.parametrize("header", ["x_forwarded_for", "forwarded", "x_real_ip", "via"])
def test_what_came_through_a_proxy_came_from_elsewhere(header: str) -> None:
    assert not is_on_this_machine(request("127.0.0.1", "localhost", **{header: "127.0.0.1"}))


def test_no_header_makes_a_request_come_from_here() -> None:
    assert not is_on_this_machine(request("192.0.2.1", "localhost", x_forwarded_for="127.0.0.1", x_real_ip="127.0.0.1"))
