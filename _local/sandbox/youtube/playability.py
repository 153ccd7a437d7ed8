"""What the player says of a video that will not play, in YouTube's words."""

from __future__ import annotations

from _local.sandbox.upload import Trouble

from .answers import Json

UNPLAYABLE_EMBED = "Playback on other websites has been disabled by the video owner"


def playability(trouble: Trouble, *, embedded: bool = False) -> Json:
    """`playabilityStatus` for a trouble; `embedded` is the embedded player asking, which an age gate turns away."""
    if trouble in ("", "live"):
        return {"status": "OK", "playableInEmbed": True}
    if trouble == "age_restricted" and embedded:
        return _status("UNPLAYABLE", "Video unavailable", UNPLAYABLE_EMBED)
    return _WORDS[trouble]


def _status(status: str, reason: str, subreason: str = "") -> Json:
    message: Json = {"reason": {"simpleText": reason}}
    if subreason:
        message["subreason"] = {"runs": [{"text": subreason}]}
    return {"status": status, "reason": reason, "errorScreen": {"playerErrorMessageRenderer": message}}


_WORDS: dict[Trouble, Json] = {
    "private": _status("LOGIN_REQUIRED", "Private video", "Sign in if you've been granted access to this video"),
    "removed": _status("ERROR", "Video unavailable", "This video has been removed by the uploader"),
    "members_only": _status(
        "UNPLAYABLE",
        "Join this channel to get access to members-only content like this video, and other exclusive perks.",
    ),
    "geo_blocked": _status(
        "UNPLAYABLE", "Video unavailable", "The uploader has not made this video available in your country"
    ),
    "age_restricted": _status(
        "LOGIN_REQUIRED", "Sign in to confirm your age", "This video may be inappropriate for some users."
    ),
    "bot_check": _status(
        "LOGIN_REQUIRED", "Sign in to confirm you’re not a bot", "This helps protect our community. Learn more"
    ),
    "session_limited": _status("UNPLAYABLE", "Video unavailable", "This content isn't available, try again later."),
}
