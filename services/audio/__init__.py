"""Work on audio files: verify, convert, tag."""
