"""docs/websocket.md and docs/asyncapi.yaml say what the server does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from blueprints.frames import FrameWriter
from blueprints.progress_socket import CLOSE_CODES
from blueprints.progress_wishes import JOBS_PER_SOCKET, change_of_message
from models.errors import JobNotFound
from models.job import JobState, Stage
from models.progress import MessageType, ProgressEvent
from services.progress import Update
from services.urls import MediaUrls
from tests.support.progress import event

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "websocket.md").read_text(encoding="utf-8")
EXAMPLES: list[dict[str, Any]] = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)]
API: dict[str, Any] = yaml.safe_load((DOCS / "asyncapi.yaml").read_text(encoding="utf-8"))


def check(frame: Any, message: str) -> None:
    """Whether the frame is what the description calls this message."""
    schema = {**API, "$ref": f"#/components/messages/{message}/payload"}
    jsonschema.Draft202012Validator(schema).validate(frame)


def frame_of(kind: MessageType, told: ProgressEvent) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(
        FrameWriter().update(Update(kind, told.job_id, told), MediaUrls(), "http://localhost:9999").text
    )
    return body


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.get("type", "change"))
def test_each_example_is_as_described(example: dict[str, Any]) -> None:
    check(example, example.get("type", "change"))


def test_every_kind_of_message_has_an_example() -> None:
    shown = {example.get("type", "change") for example in EXAMPLES}
    assert shown | {"snapshot"} == set(API["channels"]["progress"]["messages"])
    assert {kind.value for kind in MessageType} | {"change"} == set(API["channels"]["progress"]["messages"])


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (MessageType.SNAPSHOT, event(1, 1, JobState.QUEUED)),
        (MessageType.PROGRESS, event(1, 2, percent=50.0)),
        (MessageType.END, event(1, 3, JobState.DONE)),
        (MessageType.END, event(1, 3, failed=True)),
    ],
)
def test_what_is_sent_is_as_described(kind: MessageType, told: ProgressEvent) -> None:
    frame = frame_of(kind, told)
    check(frame, kind.value)
    state = next(example for example in EXAMPLES if example.get("type") == "progress")
    assert list(frame) == list(state), "the example shows every field, in the order sent"


def test_pings_and_errors_are_as_described() -> None:
    frames = FrameWriter()
    check(json.loads(frames.ping().text), "ping")
    check(json.loads(frames.error(JobNotFound())), "error")
    check(json.loads(frames.error(JobNotFound(), job_id="x-m4a")), "error")


def test_a_wrong_frame_is_noticed() -> None:
    frame = frame_of(MessageType.END, event(1, 3, JobState.DONE))
    with pytest.raises(jsonschema.ValidationError):
        check({**frame, "state": "running"}, "end")
    del frame["seq"]
    with pytest.raises(jsonschema.ValidationError):
        check(frame, "end")


def test_the_messages_shown_are_understood() -> None:
    changes = [change_of_message(json.dumps(example)) for example in EXAMPLES if "type" not in example]
    assert any(change.subscribe for change in changes)
    assert any(change.unsubscribe for change in changes)


def test_states_stages_limits_and_close_codes_are_named() -> None:
    properties = API["components"]["schemas"]["state"]["properties"]
    assert properties["state"]["enum"] == [state.value for state in JobState]
    assert properties["stage"]["enum"] == [*(stage.value for stage in Stage), None]
    assert f"At most {JOBS_PER_SOCKET} jobs" in TEXT
    assert API["components"]["schemas"]["change"]["properties"]["subscribe"]["maxItems"] == JOBS_PER_SOCKET
    for _, code in CLOSE_CODES:
        assert f"| {code} |" in TEXT
        assert str(code) in API["channels"]["progress"]["description"]
