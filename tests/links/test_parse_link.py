"""Every shape of Spotify link, and everything that only looks like one."""

from __future__ import annotations

import pytest

from models.errors import InvalidLink, PodcastLink
from models.links import MAX_TEXT_LENGTH, ShortLink, SpotifyRef, parse_link
from models.music import Kind

ID = "6rqhFgbbKwnb9MLmUQDhG6"


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(
    "shape",
    [
        "https://open.spotify.com/{kind}/{id}",
        "http://open.spotify.com/{kind}/{id}",
        "https://open.spotify.com/{kind}/{id}?si=0123456789abcdef&utm_source=copy-link",
        "https://open.spotify.com/{kind}/{id}#t=10",
        "https://open.spotify.com/{kind}/{id}/",
        "https://open.spotify.com/{kind}/{id}/discography/all?x=1",
        "https://open.spotify.com/intl-de/{kind}/{id}",
        "https://open.spotify.com/intl-pt-br/{kind}/{id}?si=1",
        "https://open.spotify.com/embed/{kind}/{id}?utm_source=generator&theme=0",
        "https://open.spotify.com/intl-fr/embed/{kind}/{id}",
        "https://open.spotify.com/embed/intl-fr/{kind}/{id}",
        "https://open.spotify.com/user/some.body-1/{kind}/{id}",
        "https://open.spotify.com/user/some%20body/{kind}/{id}",
        "https://open.spotify.com//{kind}//{id}",
        "https://play.spotify.com/{kind}/{id}",
        "https://OPEN.Spotify.COM/{kind}/{id}",
        "HTTPS://open.spotify.com:443/{kind}/{id}",
        "http://open.spotify.com:80/{kind}/{id}",
        "open.spotify.com/{kind}/{id}",
        "Open.Spotify.com/intl-es/{kind}/{id}?si=1",
        "play.spotify.com/user/me/{kind}/{id}",
        "spotify:{kind}:{id}",
        "Spotify:{kind}:{id}",
        "spotify:user:some.body:{kind}:{id}",
        "  https://open.spotify.com/{kind}/{id}  \n",
        "Listen to this: https://open.spotify.com/{kind}/{id}?si=1 (so good!)",
        "Listen:https://open.spotify.com/{kind}/{id}.",
        "<https://open.spotify.com/{kind}/{id}>",
        "[a song](https://open.spotify.com/{kind}/{id})",
        '"https://open.spotify.com/{kind}/{id}"',
        "see open.spotify.com/{kind}/{id}, then sleep",
        "听这首歌https://open.spotify.com/{kind}/{id}好听",
        "one\nhttps://example.org/page then\nspotify:{kind}:{id}\n",
        "https://example.org https://open.spotify.com/{kind}/{id}",
        "https://open.spotify.com/search/x https://open.spotify.com/{kind}/{id}",
    ],
)
def test_reads_every_shape(shape: str, kind: Kind) -> None:
    assert parse_link(shape.format(kind=kind.value, id=ID)) == SpotifyRef(kind, ID)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://spotify.link/hOw0HcMUXyb", "https://spotify.link/hOw0HcMUXyb"),
        ("http://spotify.link/hOw0HcMUXyb?x=1#y", "https://spotify.link/hOw0HcMUXyb"),
        ("spotify.link/hOw0HcMUXyb", "https://spotify.link/hOw0HcMUXyb"),
        ("(see SPOTIFY.LINK/hOw0HcMUXyb).", "https://spotify.link/hOw0HcMUXyb"),
        ("https://spotify.app.link/a-B_9", "https://spotify.app.link/a-B_9"),
        ("https://open.spotify.com/s/Xy12", "https://open.spotify.com/s/Xy12"),
        ("https://open.spotify.com/intl-de/s/Xy12?si=1", "https://open.spotify.com/s/Xy12"),
    ],
)
def test_short_links_are_left_to_their_host(text: str, url: str) -> None:
    assert parse_link(text) == ShortLink(url)


@pytest.mark.parametrize(
    "text",
    [
        f"https://open.spotify.com/show/{ID}",
        f"https://open.spotify.com/episode/{ID}?si=1",
        f"https://open.spotify.com/intl-de/episode/{ID}",
        f"https://open.spotify.com/embed/episode/{ID}",
        f"https://open.spotify.com/embed-podcast/show/{ID}",
        f"spotify:episode:{ID}",
        f"spotify:show:{ID}",
        f"hear open.spotify.com/show/{ID}",
    ],
)
def test_podcasts_have_an_error_of_their_own(text: str) -> None:
    with pytest.raises(PodcastLink):
        parse_link(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "hello",
        ID,
        f"track/{ID}",
        "https://open.spotify.com",
        "https://open.spotify.com/",
        "https://open.spotify.com/track",
        "https://open.spotify.com/track/",
        "https://open.spotify.com/track/short",
        f"https://open.spotify.com/track/{ID}x",
        f"https://open.spotify.com/track/{ID}-x",
        f"https://open.spotify.com/track/{ID[:-1]}",
        f"https://open.spotify.com/track/{ID[:-1]}!",
        f"https://open.spotify.com/user/{ID}",
        f"https://open.spotify.com/prerelease/{ID}",
        f"https://open.spotify.com/concert/{ID}",
        "https://open.spotify.com/s/",
        "https://spotify.link/",
        "https://spotify.link",
        f"https://open.spotify.com.evil.io/track/{ID}",
        f"https://open.spotify.com@evil.io/track/{ID}",
        f"https://open.spotify.com:pass@evil.io/track/{ID}",
        f"https://user@open.spotify.com/track/{ID}",
        f"https://open.spotify.com\\@evil.io/track/{ID}",
        f"https://open.spotify.com%2eevil.io/track/{ID}",
        f"https://open.spotify.com:8080/track/{ID}",
        f"https://open.spotify.com:99999/track/{ID}",
        f"https://[open.spotify.com/track/{ID}",
        f"https://evilopen.spotify.com/track/{ID}",
        f"evilopen.spotify.com/track/{ID}",
        f"evil-open.spotify.com/track/{ID}",
        f"evil.open.spotify.com/track/{ID}",
        f"https://evil.io/open.spotify.com/track/{ID}",
        f"evil.io/open.spotify.com/track/{ID}",
        f"https://evil.io/?u=https://open.spotify.com/track/{ID}",
        f"https://open.spotify.co/track/{ID}",
        f"https://openXspotify.com/track/{ID}",
        "https://spotify.link.evil.io/abc",
        "https://spotify.link@evil.io/abc",
        "https://notspotify.link/abc",
        f"ftp://open.spotify.com/track/{ID}",
        f"file://open.spotify.com/track/{ID}",
        f"javascript://open.spotify.com/track/{ID}",
        f"notspotify:track:{ID}",
        f"spotify:track:{ID}x",
        f"spotify:local:{ID}",
        "spotify:track:",
        f"spotify:user:me:{ID}",
        "https://music.youtube.com/watch?v=abc",
        "http://127.0.0.1/track/" + ID,
        "\x00\x01",
    ],
)
def test_refuses_everything_else(text: str) -> None:
    with pytest.raises(InvalidLink):
        parse_link(text)


def test_the_first_link_wins() -> None:
    other = "0" * 22
    assert parse_link(f"spotify:album:{ID} https://open.spotify.com/track/{other}") == SpotifyRef(Kind.ALBUM, ID)  # type: ignore[arg-type]
    with pytest.raises(PodcastLink):
        parse_link(f"spotify:show:{ID} https://open.spotify.com/track/{other}")


def test_a_very_long_text_is_refused_unread() -> None:
    link = f"https://open.spotify.com/track/{ID}"
    assert parse_link(link.rjust(MAX_TEXT_LENGTH)) == SpotifyRef(Kind.TRACK, ID)  # type: ignore[arg-type]
    with pytest.raises(InvalidLink, match="too long"):
        parse_link(link.rjust(MAX_TEXT_LENGTH + 1))


@pytest.mark.parametrize(
    "bait",
    ["spotify:user:", "http://", "a", "a.", "x:", "https://open.spotify.com/", "open.spotify.com/a", "spotify:", "@"],
)
def test_a_hostile_text_of_the_greatest_length_is_read_to_its_end(bait: str) -> None:
    with pytest.raises(InvalidLink):
        parse_link((bait * MAX_TEXT_LENGTH)[:MAX_TEXT_LENGTH])


def test_a_reference_knows_its_page() -> None:
    assert SpotifyRef(Kind.ALBUM, ID).spotify_url == f"https://open.spotify.com/album/{ID}"  # type: ignore[arg-type]
