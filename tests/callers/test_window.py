"""The sliding window, number by number."""

from __future__ import annotations

import pytest

from services.limits.window import Quota, Window, counted, moved, quota


@pytest.mark.parametrize(
    ("window", "now", "expected"),
    [
        (None, 5_000, Window(5_000, 5_000)),
        (Window(0, 0, current=3), 59_999, Window(59_999, 0, current=3)),
        (Window(0, 0, former=1, current=3), 60_000, Window(60_000, 60_000, former=3)),
        (Window(0, 0, current=3), 119_999, Window(119_999, 60_000, former=3)),
        (Window(0, 0, current=3), 120_000, Window(120_000, 120_000)),
    ],
)
def test_as_time_goes_by(window: Window | None, now: int, expected: Window) -> None:
    assert moved(window, now) == expected


@pytest.mark.parametrize(
    ("window", "passes"),
    [
        (Window(0, 0), True),
        (Window(0, 0, current=9), True),
        (Window(0, 0, current=10), False),
        (Window(0, 0, former=10), False),
        (Window(5_999, 0, former=10), False),
        (Window(6_000, 0, former=10), True),
        (Window(30_000, 0, former=10, current=4), True),
        (Window(30_000, 0, former=10, current=5), False),
    ],
)
def test_ten_a_minute(window: Window, passes: bool) -> None:
    after, passed = counted(window, 10)
    assert passed is passes
    assert after.current == window.current + passes


@pytest.mark.parametrize(
    ("window", "passed", "told"),
    [
        (Window(0, 0, current=1), True, Quota(10, 9, 60)),
        (Window(59_001, 0, current=10), True, Quota(10, 0, 1)),
        (Window(30_000, 0, former=10, current=1), True, Quota(10, 4, 30)),
        (Window(0, 0, current=10), False, Quota(10, 0, 60, 66)),
        (Window(30_000, 0, former=10, current=5), False, Quota(10, 0, 30, 6)),
        (Window(0, 0, former=10), False, Quota(10, 0, 60, 6)),
    ],
)
def test_what_the_caller_is_told(window: Window, passed: bool, told: Quota) -> None:
    assert quota(window, passed, 10) == told


@pytest.mark.parametrize("limit", [1, 2, 7, 600])
def test_whoever_waits_as_told_passes_and_not_much_sooner(limit: int) -> None:
    window: Window | None = None
    now = 0
    for step in range(3_000):
        now += (step * 7919) % 1_000
        window, passed = counted(moved(window, now), limit)
        if not passed:
            wait_s = quota(window, passed, limit).retry_after_s
            assert wait_s is not None
            assert counted(moved(window, now + wait_s * 1000), limit)[1]
            if wait_s > 2:
                assert not counted(moved(window, now + (wait_s - 2) * 1000), limit)[1]


@pytest.mark.parametrize("limit", [1, 10, 60])
def test_a_flood_gets_no_more_than_the_limit_in_its_first_minute_and_half_more_in_any(limit: int) -> None:
    window: Window | None = None
    passes: list[int] = []
    for now in range(0, 600_000, 97):
        window, passed = counted(moved(window, now), limit)
        if passed:
            passes.append(now)
    assert sum(at < 60_000 for at in passes) == limit
    for at in passes:
        assert sum(at <= other < at + 60_000 for other in passes) <= limit * 1.5 + 1
