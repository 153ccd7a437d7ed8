"""The work queue and the stream of progress events."""
