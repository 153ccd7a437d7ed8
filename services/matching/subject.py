"""The two sides of a comparison, prepared once each: the wanted track and one candidate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from models.ids import VideoId
from models.match import Candidate, QueryKind, Signal, VideoType
from models.music import Track
from services.matching import scripts
from services.matching.artists import ArtistMatch, Name, has_tail, name_of, names_in, same_name
from services.matching.naming import Comparison, TitleMatch, WantedTitle, prepare
from services.matching.text import fold, joined, words
from services.matching.title_match import compare
from services.matching.titles import Title, take_apart, without
from services.matching.version_words import MUSICAL_FORMS, Version
from services.matching.versions import unexplained, versions_in

_TOPIC = " - topic"
_SAME_LENGTH_S = 1.5


@dataclass(slots=True)
class Wanted:
    """The wanted track, folded and taken apart."""

    track: Track
    title: WantedTitle
    artists: tuple[Name, ...]
    """The main artist first."""
    phrases: tuple[str, ...]
    """The artists' names as they may stand in a title, longest first."""
    main_phrases: tuple[str, ...]
    """The main artist's name, with and without an article, with spaces around: a title's words may hold it."""
    guest_phrases: tuple[str, ...]
    """The same of the other artists."""
    versions: dict[Version, str]
    """The version words of the title outside the song's name."""
    details: frozenset[str]
    """What the version parts say besides: `lost kings` of `Lost Kings Remix`."""
    known_words: frozenset[str]
    """All words of title, artists and album: none of them is strange in a candidate's title."""
    is_remaster: bool
    """Whether one of them says so."""
    credited: tuple[Name, ...]
    """The guests whom the title names."""
    side_words: frozenset[str]
    """Words of the album and of the title outside the song's name: a version word among them is wanted."""
    album: str
    """Joined; empty when not known."""
    album_text: str
    """The album's words, with spaces around."""
    album_versions: dict[Version, str]
    duration_s: float
    named_by_album: VideoId | None = None
    """See `album_names`; set once the candidates are known."""
    names: dict[str, tuple[Name, ...]] = field(default_factory=dict)
    """Names taken apart so far in this decision: a search shows the same few again and again."""
    channels: dict[str, Name] = field(default_factory=dict)
    compared: dict[tuple[str, bool], tuple[Title, Comparison]] = field(default_factory=dict)
    relations: dict[Name, ArtistMatch] = field(default_factory=dict)
    expected: dict[Name, bool] = field(default_factory=dict)
    """Whether a guest is one whom the track names."""
    durations: dict[tuple[float | None, bool], Signal] = field(default_factory=dict)
    albums: dict[str, tuple[str, dict[Version, str]]] = field(default_factory=dict)


@dataclass(slots=True)
class Viewed:
    """A candidate as seen from the wanted track."""

    candidate: Candidate
    title: Title
    comparison: Comparison
    artists: tuple[Name, ...]
    """From the artist field; empty for plain uploads, and when the title rules the candidate out."""
    channel: Name | None
    is_isrc_hit: bool
    is_vouched_for: bool
    """Whether something besides the title says that this may be the track."""
    is_album_audio: bool
    """A song of YouTube Music, or a video of a "- Topic" channel."""
    versions: dict[Version, str]
    """The version words of its title outside the song's name."""
    album: str
    album_versions: dict[Version, str]

    @property
    def plausible(self) -> bool:
        """Whether the title leaves it open that this is the song."""
        return self.comparison.match is not TitleMatch.DIFFERENT


def want(track: Track) -> Wanted:
    """The wanted track, prepared for any number of comparisons."""
    artists = tuple(name_of(artist.name) for artist in track.artists)
    phrases = tuple(sorted({artist.phrase for artist in artists if artist.phrase}, key=len, reverse=True))
    title = prepare(track.name, phrases)
    versions: dict[Version, str] = {}
    details: set[str] = set()
    for piece in [*title.title.segments[1:], *title.title.brackets]:
        text = " ".join(piece)
        found = versions_in(text)
        if set(found) == {Version.MASHUP} and not unexplained(without(piece, phrases)):
            continue  # `Lana Del Rey vs. Cedric Gervais` names two artists, not two songs.
        versions.update(found)
        if found:
            told = {word for hit in found.values() for word in hit.split()}
            details.update(word for word in unexplained(piece) if word not in told)
    versions.update(versions_in("", track.name if " " in track.name else ""))
    if title.is_work:
        versions = {version: found for version, found in versions.items() if version not in MUSICAL_FORMS}
    album_name = track.album.name if track.album is not None else ""
    album_words = words(fold(album_name))
    # An album named after the song says nothing more than the song's name does.
    album_text = f" {' '.join(album_words)} "
    beside = album_text.replace(f" {title.name_text} ", " ", 1) if title.name_text else album_text
    side = {*beside.split(), *(word for piece in [*title.title.segments[1:], *title.title.brackets] for word in piece)}
    known = {*title.title.everything, *album_words, *(word for artist in artists for word in artist.phrase.split())}
    known.update(word for guest in title.title.features for word in words(guest))
    main = artists[0].phrase if artists else ""
    return Wanted(
        track=track,
        title=title,
        artists=artists,
        phrases=phrases,
        main_phrases=_in_text([main, main.removeprefix("the ")] if main else []),
        guest_phrases=_in_text([artist.phrase for artist in artists[1:] if artist.phrase]),
        versions=versions,
        details=frozenset(details),
        known_words=frozenset(known),
        is_remaster=any(word.startswith("remaster") for word in known),
        credited=tuple(name for guest in title.title.features for name in names_in(guest)),
        side_words=frozenset(side),
        album=_album(album_words),
        album_text=album_text if album_words else "",
        album_versions=versions_in(beside.strip(), album_name),
        duration_s=track.duration_ms / 1000.0,
    )


def _in_text(phrases: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f" {phrase} " for phrase in phrases))


def view(wanted: Wanted, candidate: Candidate) -> Viewed:
    """A candidate as seen from the wanted track."""
    is_topic = _is_topic(candidate)
    is_album_audio = is_topic or candidate.video_type is VideoType.ATV or (
        candidate.is_song and candidate.video_type is None
    )  # fmt: skip
    title, comparison = _compared(wanted, candidate, is_album_audio)
    versions: dict[Version, str] = {}
    album_versions: dict[Version, str] = {}
    album = ""
    artists: tuple[Name, ...] = ()
    channel: Name | None = None
    isrc_hit = is_isrc_hit(candidate)
    vouched = isrc_hit or candidate.video_id == wanted.named_by_album
    if comparison.match is not TitleMatch.DIFFERENT or vouched:
        artists, channel = _names(wanted, candidate, is_topic)
        versions = _title_versions(wanted, candidate.title, " ".join(comparison.rest))
        if candidate.album:
            album, album_versions = _album_of(wanted, candidate.album)
    return Viewed(
        candidate,
        title,
        comparison,
        artists,
        channel,
        isrc_hit,
        vouched,
        is_album_audio,
        versions,
        album,
        album_versions,
    )


def _compared(wanted: Wanted, candidate: Candidate, is_album_audio: bool) -> tuple[Title, Comparison]:
    # Lists repeat titles: the song's name by ten performers.
    key = (candidate.title, is_album_audio)
    known = wanted.compared.get(key)
    if known is not None:
        return known
    title = take_apart(candidate.title, upload=not is_album_audio)
    if is_album_audio and len(title.segments) > 1:
        # `Edward Maya - Stereo Love`: the performer's own name is no part of the title.
        own = {name.phrase for name in _names(wanted, candidate, _is_topic(candidate))[0] if name.phrase}
        return title, compare(wanted.title, title, (*wanted.phrases, *own))
    wanted.compared[key] = found = (title, compare(wanted.title, title, wanted.phrases))
    return found


def album_names(wanted: Wanted, candidates: Sequence[Candidate]) -> VideoId | None:
    """The one candidate that is on the wanted album, as long as the track, and titled in another script.

    Catalogues give titles in translation, which no comparison of sounds can see. `None` unless it is the only such
    one, and when the album is named after the song or not at all.
    """
    if len(wanted.album) < 4 or wanted.album == joined(wanted.title.name_text.split()):
        return None
    native = scripts.is_native(wanted.track.name)
    fitting = [
        candidate.video_id
        for candidate in candidates
        if candidate.album
        and candidate.duration_s is not None
        and abs(candidate.duration_s - wanted.duration_s) <= _SAME_LENGTH_S
        and scripts.is_native(candidate.title) != native
        and _album_of(wanted, candidate.album)[0] == wanted.album
        and not versions_in(" ".join(words(fold(candidate.title))), candidate.title)
    ]
    return fitting[0] if len(fitting) == 1 else None


def is_isrc_hit(candidate: Candidate) -> bool:
    """Whether the query for the track's ISRC shows this candidate first."""
    return any(place.rank == 0 and place.query_kind is QueryKind.ISRC for place in candidate.found_in)


def _names(wanted: Wanted, candidate: Candidate, is_topic: bool) -> tuple[tuple[Name, ...], Name | None]:
    artists: tuple[Name, ...] = ()
    for raw in candidate.artists:
        artists += _credit(wanted, raw)
    channel = _channel(wanted, candidate.channel) if candidate.channel else None
    if is_topic and channel is not None and not artists:
        artists = _credit(wanted, channel.raw)  # `Jane Birkin & Serge Gainsbourg - Topic`
    return artists, channel


def _is_topic(candidate: Candidate) -> bool:
    return candidate.channel is not None and candidate.channel.lower().endswith(_TOPIC)


def _credit(wanted: Wanted, raw: str) -> tuple[Name, ...]:
    known = wanted.names.get(raw)
    if known is None:
        credit = names_in(raw)
        # `AC/DC` and `Simon & Garfunkel` are one artist when they are the wanted one.
        known = wanted.names[raw] = tuple(credit[:1] if is_artist(wanted, credit[0]) else credit)
    return known


def guests_in(wanted: Wanted, raw: str) -> tuple[Name, ...]:
    """The names after a title's `feat.`."""
    key = f"feat {raw}"
    known = wanted.names.get(key)
    if known is None:
        known = wanted.names[key] = tuple(names_in(raw))
    return known


def _channel(wanted: Wanted, raw: str) -> Name:
    # Mostly it is the name in the artist field, and compared already.
    known = wanted.channels.get(raw)
    if known is None:
        credit = wanted.names.get(raw)
        same = credit is not None and not has_tail(raw)
        known = wanted.channels[raw] = credit[0] if credit is not None and same else name_of(raw, channel=True)
    return known


def _title_versions(wanted: Wanted, title: str, rest: str) -> dict[Version, str]:
    # Without the divider at its end it is mostly a text that the comparison has looked at already.
    return versions_in(rest.removesuffix(" |"), "" if title.isascii() else title.replace(wanted.track.name, " "))


def _album_of(wanted: Wanted, raw: str) -> tuple[str, dict[Version, str]]:
    known = wanted.albums.get(raw)
    if known is None:
        album_words = words(fold(raw))
        spelling = _album(album_words)
        told = {} if spelling == wanted.album else versions_in(" ".join(album_words), raw)
        known = wanted.albums[raw] = (spelling, told)
    return known


def is_artist(wanted: Wanted, name: Name) -> bool:
    """Whether the name is one of the wanted track's artists."""
    return any(same_name(name, artist) for artist in wanted.artists)


_EDITION = frozenset(
    """
    deluxe edition remastered remaster expanded anniversary special version bonus tracks track super legacy explicit ep
    single original motion picture soundtrack ost the album standard limited collectors complete th
    """.split()  # noqa: SIM905
)


def _album(album_words: list[str]) -> str:
    bare = [word for word in album_words if word not in _EDITION and not (word.isdigit() and len(word) == 4)]
    return joined(bare or album_words)
