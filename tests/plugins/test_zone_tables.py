"""Clocks of zones with rules over columns: for every zone what Python says, around each change as well."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosswalk_resolvers._zone import put_zone
from crosswalk_resolvers._zone_tables import _year, clock_of, moments_of

ZONES = sorted(available_timezones() - {"localtime", "posixrules", "Factory"})
ODD = ["Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca", "Pacific/Apia", "Asia/Gaza", "Europe/Dublin",
       "Antarctica/Troll", "Asia/Kathmandu", "Etc/GMT+12", "Pacific/Kiritimati", "Africa/Monrovia"]  # fmt: skip
MOMENTS = st.datetimes(dt.datetime(1890, 1, 1), dt.datetime(2150, 1, 1))


def changes(zone: ZoneInfo, year: int) -> list[dt.datetime]:
    """The moments of a year at which the offset changes, as naive UTC."""
    known = _year(zone, year)
    assert known is not None, "a day has two changes"
    epoch = dt.datetime(1970, 1, 1)
    return [epoch + dt.timedelta(microseconds=micros) for micros in known[1] if micros < 2**62]


def near(zone: ZoneInfo, year: int) -> list[dt.datetime]:
    """Times around the changes of a year, a microsecond to two days away, and some others."""
    gaps = [0, 1, -1, 60_000_000, 3_600_000_000, 2 * 3_600_000_000, 86_400_000_000, 172_800_000_000]
    found = [moment + sign * dt.timedelta(microseconds=gap)
             for moment in changes(zone, year) for gap in gaps for sign in (1, -1)]  # fmt: skip
    pick = random.Random(f"{zone.key} {year}")
    return [*found, *(dt.datetime(year, 1, 1) + dt.timedelta(seconds=pick.randrange(365 * 86_400)) for _ in range(50))]


def check(zone: ZoneInfo, times: list[dt.datetime]) -> int:
    """Compare with Python; how many times on the clock were sure."""
    moments = pa.array(times, pa.timestamp("us", zone.key))
    shown = clock_of(moments, zone)
    wanted = [time.replace(tzinfo=dt.UTC).astimezone(zone) for time in times]
    assert shown.to_pylist() == [time.replace(tzinfo=None) for time in wanted]
    back = moments_of(shown, zone)
    assert back is not None
    sure = 0
    for clock, moment, certain in zip(shown.to_pylist(), back[0].to_pylist(), back[1].to_pylist(), strict=True):
        if certain:
            sure += 1
            meant = put_zone(clock, zone)
            assert (moment, moment.fold, moment.tzinfo) == (meant, meant.fold, zone)
            assert moment.utcoffset() == meant.utcoffset()
    return sure


@pytest.mark.parametrize("year", [1945, 1972, 2011, 2024])
def test_every_zone_in_a_year(year: int) -> None:
    for name in ZONES if year == 2024 else {*ZONES[::20], *ODD}:
        zone = ZoneInfo(name)
        assert check(zone, near(zone, year)) > 20, name


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(ODD), st.lists(MOMENTS, min_size=1, max_size=5))
def test_any_moment(name: str, times: list[dt.datetime]) -> None:
    zone = ZoneInfo(name)
    if max(times).year - min(times).year < 90:
        check(zone, times)


def test_nulls_and_slices() -> None:
    zone = ZoneInfo("Europe/Paris")
    times: list[Any] = [None, dt.datetime(2024, 3, 31, 0, 59), None, dt.datetime(2024, 3, 31, 1), None]
    data = pa.array(times, pa.timestamp("us", "Europe/Paris")).slice(1)
    assert clock_of(data, zone).to_pylist() == [
        dt.datetime(2024, 3, 31, 1, 59), None, dt.datetime(2024, 3, 31, 3), None,
    ]  # fmt: skip


@pytest.mark.parametrize("value", [dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31), None])
def test_nothing_is_said_of_the_ends_of_time(value: Any) -> None:
    data = pa.array([value], pa.timestamp("us", "Europe/Paris"))
    assert clock_of(data, ZoneInfo("Europe/Paris")) is None


def test_nothing_is_said_of_centuries() -> None:
    data = pa.array([dt.datetime(1800, 1, 1), dt.datetime(2024, 1, 1)], pa.timestamp("us", "Europe/Paris"))
    assert clock_of(data, ZoneInfo("Europe/Paris")) is None
