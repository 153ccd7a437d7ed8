"""How the libraries are set up in the child process."""

from __future__ import annotations

import socket

import requests

from services.source.libraries import PromptAdapter


def test_what_is_sent_through_a_proxy_does_not_wait_for_an_acknowledgement() -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy, requests.Session() as session:
        session.mount("https://", PromptAdapter())
        manager = session.get_adapter("https://music.youtube.com/").proxy_manager_for(
            f"http://127.0.0.1:{proxy.getsockname()[1]}"
        )
        # As it would connect to the proxy, without the tunnel in it.
        connection = manager.connection_from_host("music.youtube.com", 443, "https")._new_conn()._new_conn()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
