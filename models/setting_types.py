"""How settings are read that are more than a word or a number; a fault's text never holds a secret."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

from pydantic import BeforeValidator

from models.keys import ApiKey, parse_api_keys

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")


def _base_url(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = value.strip().rstrip("/")
    if not text.startswith(("http://", "https://")):
        raise ValueError("must be an http:// or https:// address")
    return text


def _json_object(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except json.JSONDecodeError as exc:
            raise ValueError(f"is not JSON: {exc.msg}") from None
    if not isinstance(value, dict):
        raise ValueError("must be a JSON object")
    return value


def _api_keys(value: Any) -> Any:
    return parse_api_keys(value) if isinstance(value, str) else value


def _origins(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    origins = tuple(part.strip() for part in value.split(","))
    for origin in origins:
        # Just as browsers write it: no path, no capitals, no wildcard.
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(f"must be origins such as https://app.example:8443, and {origin!r} is none")
    return origins


BaseUrl = Annotated[str, BeforeValidator(_base_url)]
JsonObject = Annotated[dict[str, Any], BeforeValidator(_json_object)]
Origins = Annotated[tuple[str, ...] | None, BeforeValidator(_origins)]
ApiKeys = Annotated[tuple[ApiKey, ...] | None, BeforeValidator(_api_keys)]
