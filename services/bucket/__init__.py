"""Where finished files are kept for good, so that the disk may stay small."""
