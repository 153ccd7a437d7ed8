"""HTTP and WebSocket begin and end here."""
