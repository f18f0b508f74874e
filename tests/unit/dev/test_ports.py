from __future__ import annotations

import socket

from remora.dev.apps.ports import DEFAULT_PORT, declared_port, free_port, port_map
from remora_api.flyteidl2.core import Container, ContainerPort


def test_the_declared_port() -> None:
    assert declared_port(Container()) == DEFAULT_PORT
    assert declared_port(Container(ports=[ContainerPort(container_port=9000)])) == 9000


def test_the_port_is_replaced_where_it_stands_alone() -> None:
    change = port_map(8080, 5)
    assert change("8080") == "5"
    assert change("--port=8080 0.0.0.0:8080 http://x:8080/8080.") == "--port=5 0.0.0.0:5 http://x:5/5."
    for text in ("80800", "18080", "v8080", "8080x", "1.8080", "8080.5"):
        assert change(text) == text


def test_a_port_that_is_taken_is_not_given_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert free_port(taken) != taken
    assert free_port(0)
