"""Keys: what the setting takes, whose a key is, what a ticket opens."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from models.errors import TicketExpired, WrongKey
from models.keys import parse_api_keys
from models.settings import Settings, SettingsError
from services.access.addresses import network
from services.keys import KeyRing
from services.tickets import Tickets

PHONE, TABLET, ADMIN = "phone-secret-0001", "tablet:secret-0002", "an operator's key"
KEYS = f"phone:{PHONE}, tablet:{TABLET}"
PATH = "/media/x.m4a"


class TestSetting:
    def test_names_and_secrets(self) -> None:
        keys = Settings.from_env({"API_KEYS": KEYS}).api_keys
        assert keys is not None
        assert [(key.name, key.secret.get_secret_value()) for key in keys] == [("phone", PHONE), ("tablet", TABLET)]

    def test_none_means_open(self) -> None:
        assert Settings.from_env({"API_KEYS": " "}).api_keys is None

    @pytest.mark.parametrize(
        ("given", "fault"),
        [
            ("hush-hush-hush-hush", "key 1 is not NAME:SECRET"),
            (f"phone:{PHONE},", "key 2 is not NAME:SECRET"),
            (f"my phone:{PHONE}", "key 1 is not NAME:SECRET"),
            (f"admin:{PHONE}", "that of ADMIN_API_KEY"),
            (f"phone:{PHONE},phone:hush-hush-hush-hush", "phone is given twice"),
            (f"phone:{PHONE},tablet:{PHONE}", "tablet is another one's"),
            ("phone:hush", "less than 8 characters"),
            ("phone:hush-hush-hush hush", "no header can carry"),
            ("phone:hush-hush-hush-hüsh", "no header can carry"),
        ],
    )
    def test_what_cannot_be_is_refused_without_showing_it(self, given: str, fault: str) -> None:
        with pytest.raises(SettingsError, match=fault) as caught:
            Settings.from_env({"API_KEYS": given})
        assert "hush" not in str(caught.value)
        assert PHONE not in str(caught.value)

    def test_all_faults_come_together(self) -> None:
        with pytest.raises(SettingsError) as caught:
            Settings.from_env({"API_KEYS": "a:short,b", "CORE_SERVICE_PORT": "many"})
        assert "CORE_SERVICE_PORT" in str(caught.value)
        assert "secret of a" in str(caught.value)
        assert "key 2" in str(caught.value)

    def test_the_operators_key_is_no_callers_key(self) -> None:
        with pytest.raises(SettingsError, match="ADMIN_API_KEY"):
            Settings.from_env({"API_KEYS": f"phone:{PHONE}", "ADMIN_API_KEY": PHONE})

    def test_secrets_mask_themselves(self) -> None:
        settings = Settings.from_env({"API_KEYS": KEYS})
        assert "secret-000" not in repr(settings) + str(settings.model_dump()) + settings.model_dump_json()


class TestRing:
    @pytest.mark.parametrize(("presented", "name"), [(PHONE, "phone"), (TABLET, "tablet"), (ADMIN, "admin")])
    def test_whose_a_key_is(self, presented: str, name: str) -> None:
        assert KeyRing(parse_api_keys(KEYS), SecretStr(ADMIN)).name_of(presented) == name

    @pytest.mark.parametrize("presented", ["", PHONE[:-1], PHONE + "x", PHONE.upper(), "\udce9", "phone"])
    def test_anything_else_is_nobodys(self, presented: str) -> None:
        with pytest.raises(WrongKey):
            KeyRing(parse_api_keys(KEYS), SecretStr(ADMIN)).name_of(presented)

    def test_the_operators_key_alone_leaves_the_server_open(self) -> None:
        assert not KeyRing(None, SecretStr(ADMIN)).needed
        assert KeyRing(parse_api_keys(KEYS), None).needed


class Clock:
    def __init__(self) -> None:
        self.now = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


def tickets(clock: Clock, keys: str = KEYS) -> Tickets:
    return Tickets(KeyRing(parse_api_keys(keys), None).signing_secrets(), ttl_s=3600, clock=clock)


class TestTickets:
    def test_a_ticket_opens_its_door_in_every_replica_until_it_expires(self) -> None:
        clock = Clock()
        ticket = tickets(clock).issue("phone", PATH)
        clock.now += 3599
        assert tickets(clock).holder(ticket, PATH) == "phone"
        clock.now += 3600
        with pytest.raises(TicketExpired):
            tickets(clock).holder(ticket, PATH)

    def test_the_secret_is_no_part_of_it(self) -> None:
        assert PHONE not in tickets(Clock()).issue("phone", PATH)

    def test_addresses_made_shortly_after_one_another_are_the_same(self) -> None:
        clock = Clock()
        clock.now -= clock.now % 900
        first = tickets(clock).issue("phone", PATH)
        clock.now += 899
        assert tickets(clock).issue("phone", PATH) == first
        clock.now += 1
        assert tickets(clock).issue("phone", PATH) != first

    def test_it_opens_nothing_else(self) -> None:
        here = tickets(Clock())
        ticket = here.issue("phone", PATH)
        for other in ("/media/y.m4a", "session", "", PATH + "/"):
            with pytest.raises(WrongKey):
                here.holder(ticket, other)

    def test_a_key_that_was_taken_away_takes_its_tickets_along(self) -> None:
        clock = Clock()
        ticket = tickets(clock).issue("phone", PATH)
        for others in (f"tablet:{TABLET}", "phone:another-secret-001"):
            with pytest.raises(WrongKey):
                tickets(clock, others).holder(ticket, PATH)

    def test_nothing_of_it_can_be_changed(self) -> None:
        here = tickets(Clock())
        name, until, mac = here.issue("phone", PATH).split(".")
        for forged in (
            f"tablet.{until}.{mac}",
            f"{name}.{int(until) + 1}.{mac}",
            f"{name}.{until}.{mac[:-1]}",
            f"{name}.{until}.",
            f"{name}.{until}.é",
            f"{name}.{until}.\udce9",
            f"{name}.٣.{mac}",
            f"{name}.{'9' * 5000}.{mac}",
            f"{name}.-1.{mac}",
            name,
            "",
            "..",
        ):
            with pytest.raises(WrongKey):
                here.holder(forged, PATH)


@pytest.mark.parametrize(
    ("told", "peer", "counted"),
    [
        ("", "192.0.2.7", "192.0.2.7"),
        ("203.0.113.9", "192.0.2.7", "203.0.113.9"),
        ("", "::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "::1", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]:443", "::1", "2001:db8:1:2::/64"),
        ("unknown", "192.0.2.7", "192.0.2.7"),
        ("", "", ""),
    ],
)
def test_whom_limits_are_counted_for(told: str, peer: str, counted: str) -> None:
    assert network(told, peer) == counted
