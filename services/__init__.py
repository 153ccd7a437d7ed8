"""The domain at work; no Sanic in here."""
