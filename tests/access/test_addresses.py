from __future__ import annotations

import pytest

from services.access.addresses import is_public, normalised, shortened


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7 ", "192.0.2.7"),
        ("192.0.2.7:4711", "192.0.2.7"),
        ("2001:DB8::0:1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("[::FFFF:192.0.2.7]:4711", "192.0.2.7"),
        ("::ffff:c000:207", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_every_spelling_becomes_one(text: str, address: str) -> None:
    assert normalised(text) == address


@pytest.mark.parametrize(
    "text", ["", "unknown", "_hidden", "localhost", "192.0.2", "192.0.2.256", "1.2.3.4, 5.6.7.8", "<script>", "0x7f.1"]
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert normalised(text) is None


@pytest.mark.parametrize(
    ("ip", "short"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("203.0.113.0", "203.0.113.0"),
        ("2001:db8:1234:5678::1", "2001:db8:1234::"),
        ("::1", "::"),
    ],
)
def test_shortening_keeps_24_or_48_bits(ip: str, short: str) -> None:
    assert shortened(ip) == short
    assert shortened(short) == short


@pytest.mark.parametrize("ip", ["8.8.8.8", "1.1.1.0", "2606:4700::1111", "2001:4860::"])
def test_public_addresses(ip: str) -> None:
    assert is_public(ip)


@pytest.mark.parametrize(
    "ip",
    ["10.0.0.1", "172.16.5.4", "192.168.1.1", "127.0.0.1", "169.254.1.1", "100.64.0.1", "192.0.2.1", "0.0.0.0",
     "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "2001:db8::1", "ff02::1", ""],
)  # fmt: skip
def test_addresses_that_no_service_can_place(ip: str) -> None:
    assert not is_public(ip)
