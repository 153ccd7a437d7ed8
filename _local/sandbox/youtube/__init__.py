"""A stand-in for YouTube that real clients reach through a proxy and a certificate of its own."""

from _local.sandbox.upload import Upload

from .faults import Fault, Faults
from .journal import Journal, Request
from .listen import heard_notes, sounds_like
from .melody import NOTE_S, melody_notes
from .sound import Sound, default_sound
from .stand_in import YouTubeStandIn

__all__ = [
    "NOTE_S",
    "Fault",
    "Faults",
    "Journal",
    "Request",
    "Sound",
    "Upload",
    "YouTubeStandIn",
    "default_sound",
    "heard_notes",
    "melody_notes",
    "sounds_like",
]
