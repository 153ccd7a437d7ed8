"""Speed and time left."""

from __future__ import annotations

import pytest

from services.speed import SpeedMeter


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_one_mark_says_nothing() -> None:
    meter = SpeedMeter(Clock())
    meter.add(100)
    assert meter.bytes_per_s() is None
    assert meter.seconds_left(1000) is None


def test_steady_arrival() -> None:
    clock = Clock()
    meter = SpeedMeter(clock)
    for second in range(11):
        clock.now = float(second)
        meter.add(second * 1000)
    assert meter.bytes_per_s() == pytest.approx(1000)
    assert meter.seconds_left(15_000) == pytest.approx(5)
    assert meter.seconds_left(None) is None


def test_only_the_last_seconds_count() -> None:
    clock = Clock()
    meter = SpeedMeter(clock)
    for second in range(10):
        clock.now = float(second)
        meter.add(second * 10)
    for second in range(10, 20):
        clock.now = float(second)
        meter.add(90 + (second - 9) * 1000)
    assert meter.bytes_per_s() == pytest.approx(1000)


def test_a_transfer_begun_anew_is_measured_anew() -> None:
    clock = Clock()
    meter = SpeedMeter(clock)
    meter.add(0)
    clock.now = 1.0
    meter.add(5000)
    clock.now = 2.0
    meter.add(0)
    assert meter.bytes_per_s() is None


def test_a_stall_is_no_division_by_zero() -> None:
    clock = Clock()
    meter = SpeedMeter(clock)
    meter.add(10)
    meter.add(20)
    assert meter.bytes_per_s() is None
    clock.now = 1.0
    meter.add(20)
    clock.now = 9.0
    meter.add(20)
    clock.now = 18.0
    meter.add(20)
    assert meter.seconds_left(100) is None
