"""What yt-dlp's and ytmusicapi's failures mean."""

from __future__ import annotations

import pytest

from models import errors as e
from services.source.classify import Trouble, extract_error, search_error, source_error

VIDEO = "[youtube] dQw4w9WgXcQ: "
NO_FORMATS = VIDEO + "No video formats found!; please report this issue"


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Sign in to confirm you’re not a bot. Use --cookies-from-browser", e.BotCheck),
        ("Sign in to confirm you're not a bot. This helps protect our community.", e.BotCheck),
        ("Video unavailable. YouTube is requiring a captcha challenge before playback", e.BotCheck),
        (
            "Video unavailable. This content isn’t available, try again later. The session has been rate-limited",
            e.SessionLimited,
        ),
        ("Video unavailable. This content isn't available.", e.VideoFailed),
        ("Unable to download API page: HTTP Error 429: Too Many Requests", e.SourceRateLimited),
        ("All player responses are invalid. Your IP is likely being blocked by Youtube", e.SourceBlocked),
        ("Private video. Sign in if you've been granted access to this video.", e.VideoPrivate),
        ("This video is private", e.VideoPrivate),
        ("Video unavailable. This video has been removed by the uploader", e.VideoRemoved),
        ("Video unavailable. This video is not available", e.VideoRemoved),
        ("This video is unavailable", e.VideoRemoved),
        ("Video unavailable", e.VideoRemoved),
        (
            "This video is no longer available because the YouTube account associated with it has been terminated.",
            e.VideoRemoved,
        ),
        ("This video is no longer available due to a copyright claim by X", e.VideoRemoved),
        (
            "Join this channel to get access to members-only content like this video, and other perks",
            e.VideoMembersOnly,
        ),
        (
            "This video is available to this channel's members on level: Tomato (or any higher level)",
            e.VideoMembersOnly,
        ),
        ("This video is only available to Music Premium members", e.VideoMembersOnly),
        ("This video requires payment to watch", e.VideoMembersOnly),
        ("The uploader has not made this video available in your country", e.VideoGeoBlocked),
        (
            "This video contains content from SME, who has blocked it in your country on copyright grounds",
            e.VideoGeoBlocked,
        ),
        ("This video is not available from your location due to geo restriction", e.VideoGeoBlocked),
        ("Sign in to confirm your age. This video may be inappropriate for some users.", e.VideoAgeRestricted),
        ("This video is age-restricted and only available on YouTube", e.VideoAgeRestricted),
        ("This video is DRM protected", e.VideoDrmProtected),
        ("This live event will begin in 3 hours.", e.VideoIsLive),
        ("Premieres in 21 hours", e.VideoIsLive),
        ("This live stream recording is not available.", e.VideoIsLive),
        ("Requested format is not available. Use --list-formats", e.VideoFormatMissing),
        ("Unable to download API page: The read operation timed out", e.SourceTimeout),
        ("Unable to download API page: HTTP Error 503: Service Unavailable", e.SourceFailed),
        ("Unable to download API page: HTTP Error 403: Forbidden", e.SourceBlocked),
        ("Unable to download API page: ('Unable to connect to proxy', OSError(...))", e.SourceUnreachable),
        ("Unable to download webpage: [Errno 111] Connection refused", e.SourceUnreachable),
        ("Failed to parse JSON (caused by JSONDecodeError)", e.SourceFailed),
        ("Something that was never seen before", e.VideoFailed),
    ],
)
def test_yt_dlps_sentences(sentence: str, kind: type[e.SourceError]) -> None:
    assert extract_error(Trouble(message=VIDEO + sentence)) is kind


@pytest.mark.parametrize(
    ("warnings", "kind"),
    [
        (("Unable to download API page: HTTP Error 429: Too Many Requests",), e.SourceRateLimited),
        (("Unable to download API page: HTTP Error 403: Forbidden",), e.SourceBlocked),
        (("Unable to download API page: HTTP Error 502: Bad Gateway",), e.SourceFailed),
        (("Unable to download API page: The read operation timed out",), e.SourceTimeout),
        (("Unable to download API page: ('Connection aborted.', RemoteDisconnected())",), e.SourceUnreachable),
        (("Failed to parse JSON (caused by JSONDecodeError)",), e.SourceFailed),
        (("connection reset", "Unable to download API page: HTTP Error 429"), e.SourceRateLimited),
        (("Sign in to confirm you’re not a bot",), e.BotCheck),
        ((), e.VideoFailed),
    ],
)
def test_the_cause_of_no_formats_stands_in_the_warnings(warnings: tuple[str, ...], kind: type[e.SourceError]) -> None:
    for message in (NO_FORMATS, VIDEO + "Failed to extract any player response"):
        assert extract_error(Trouble(message=message, warnings=warnings)) is kind


def test_a_warning_does_not_outweigh_the_video_s_own_trouble() -> None:
    trouble = Trouble(message=VIDEO + "Private video.", warnings=("web: HTTP Error 429: Too Many Requests",))
    assert extract_error(trouble) is e.VideoPrivate


def test_formats_missing_for_want_of_a_solved_challenge_are_no_property_of_the_video() -> None:
    trouble = Trouble(
        message=VIDEO + "Requested format is not available.",
        warnings=("[youtube] x: n challenge solving failed: Some formats may be missing.",),
    )
    assert extract_error(trouble) is e.VideoFailed
    assert e.VideoFailed.retryable
    assert not e.VideoFormatMissing.retryable


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (Trouble(message="Expecting value: line 1 column 1", names=frozenset({"JSONDecodeError", "ValueError"}),
                 status=429), e.SourceRateLimited),
        (Trouble(message="Expecting value: line 1 column 1", names=frozenset({"JSONDecodeError"}), status=200),
         e.SourceFailed),
        (Trouble(message="Server returned HTTP 429: Too Many Requests.", status=429), e.SourceRateLimited),
        (Trouble(message="Server returned HTTP 500: Internal Server Error.", status=500), e.SourceFailed),
        (Trouble(message="'contents'", names=frozenset({"KeyError"}), status=200), e.SourceFailed),
        (Trouble(message="pool", names=frozenset({"ConnectTimeout", "ConnectionError"})), e.SourceTimeout),
        (Trouble(message="pool", names=frozenset({"ReadTimeout", "Timeout"})), e.SourceTimeout),
        (Trouble(message="pool", names=frozenset({"ProxyError", "ConnectionError"})), e.SourceUnreachable),
        (Trouble(message="Unable to download API page: HTTP Error 429"), e.SourceRateLimited),
        (Trouble(message="Sign in to confirm you’re not a bot"), e.BotCheck),
    ],
)  # fmt: skip
def test_search(trouble: Trouble, kind: type[e.SourceError]) -> None:
    assert search_error(trouble) is kind


def test_what_the_library_said_is_kept_as_facts_and_not_shown() -> None:
    trouble = Trouble.from_reply(
        {"message": "secret words", "names": ["ValueError"], "status": 429, "retry_after": "7"}, ("a warning",)
    )
    error = source_error(e.SourceRateLimited, trouble, stage="search", query="q")
    assert "secret" not in str(error)
    assert error.facts["sentence"] == "secret words"
    assert error.facts["warnings"] == ["a warning"]
    assert error.retry_after_s == 7
    assert error.stage == "search"
