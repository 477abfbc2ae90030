"""Connections of the server's port send small messages at once."""

from __future__ import annotations

import socket

from radseek_viewer.prompt_sockets import send_at_once


def test_connections_inherit_it_and_other_ports_are_left_alone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as ours, socket.create_server(("127.0.0.1", 0)) as others:
        assert send_at_once(ours.getsockname()[1]) == 1
        for listening, expected in ((ours, True), (others, False)):
            with socket.create_connection(listening.getsockname()):
                accepted, _ = listening.accept()
                with accepted:
                    assert bool(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)) is expected
        assert send_at_once(1) == 0
