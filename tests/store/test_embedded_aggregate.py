"""What the embedded server's aggregations would get wrong without the repair; a real MongoDB gives the same answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.store.mongo import Document, MongoDatabase

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
async def filled(database: MongoDatabase) -> MongoDatabase:
    """Twelve visits: three colours, hours 0 to 11, one visit each."""
    await database.collection("visits").insert_many(
        [
            {
                "_id": f"v{number}",
                "at": NOON - timedelta(hours=number),
                "day": NOON.replace(hour=0),
                "colour": ("red", "green", "blue")[number % 3],
                "size": number,
                "big": number > 5,
            }
            for number in range(12)
        ]
    )
    return database


async def _asked(database: MongoDatabase, *pipeline: Document) -> list[Document]:
    return await database.collection("visits").aggregate(list(pipeline))


TOTAL: Document = {"$group": {"_id": None, "visits": {"$sum": 1}}}
SINCE = NOON - timedelta(hours=4)


@pytest.mark.parametrize(
    ("condition", "visits"),
    [
        ({"at": {"$gte": SINCE}}, 5),
        ({"at": {"$gt": SINCE}}, 4),
        ({"at": {"$lt": SINCE}}, 7),
        ({"at": {"$gte": SINCE, "$lt": NOON}}, 4),
        ({"at": {"$gte": SINCE}, "colour": "red"}, 2),
        ({"at": SINCE}, 1),
        ({"day": NOON.replace(hour=0), "size": {"$lte": 2}}, 3),
        ({"$or": [{"at": {"$gte": NOON}}, {"size": 11}]}, 2),
        ({"size": {"$gte": 3, "$lt": 6}}, 3),
        ({"colour": {"$in": ["red", "blue"]}}, 8),
        ({"big": True}, 6),
        ({"colour": {"$ne": "red"}}, 8),
        ({"colour": {"$regex": "^gr"}}, 4),
        ({"nothing": None}, 12),
    ],
)
async def test_conditions(filled: MongoDatabase, condition: Document, visits: int) -> None:
    assert await _asked(filled, {"$match": condition}, TOTAL) == [{"_id": None, "visits": visits}]


async def test_groups_by_one_field(filled: MongoDatabase) -> None:
    asked = await _asked(
        filled,
        {"$match": {"size": {"$lt": 11}}},
        {"$group": {"_id": "$colour", "size": {"$sum": "$size"}, "visits": {"$sum": 1}}},
        {"$sort": {"size": -1}},
        {"$limit": 2},
    )
    assert asked == [{"_id": "green", "size": 22, "visits": 4}, {"_id": "red", "size": 18, "visits": 4}]


async def test_a_sum_of_nothing_is_zero(filled: MongoDatabase) -> None:
    asked = await _asked(filled, {"$group": {"_id": "$nothing", "weight": {"$sum": "$weight"}}})
    assert asked == [{"_id": None, "weight": 0}]


async def test_groups_by_a_date_have_dates(filled: MongoDatabase) -> None:
    assert await _asked(filled, {"$group": {"_id": "$day", "visits": {"$sum": 1}}}) == [
        {"_id": NOON.replace(hour=0), "visits": 12}
    ]


async def test_groups_by_several_fields(filled: MongoDatabase) -> None:
    asked = await _asked(
        filled,
        {"$group": {"_id": {"colour": "$colour", "day": "$day"}, "visits": {"$sum": 1}, "mean": {"$avg": "$size"}}},
        {"$sort": {"mean": 1}},
    )
    day = NOON.replace(hour=0)
    assert asked == [
        {"_id": {"colour": colour, "day": day}, "visits": 4, "mean": mean}
        for colour, mean in (("red", 4.5), ("green", 5.5), ("blue", 6.5))
    ]


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        (
            [{"$sortByCount": "$big"}, {"$sort": {"_id": 1}}],
            [{"_id": False, "count": 6}, {"_id": True, "count": 6}],
        ),
        ([{"$match": {"at": {"$gte": SINCE}}}, {"$count": "visits"}], [{"visits": 5}]),
        (
            [{"$match": {"at": {"$gte": NOON}}}, {"$project": {"_id": 0, "twice": {"$multiply": ["$size", 2]}}}],
            [{"twice": 0}],
        ),
        (
            [{"$group": {"_id": {"$gte": ["$size", 6]}, "first": {"$min": "$at"}}}, {"$sort": {"_id": 1}}],
            [{"_id": False, "first": NOON - timedelta(hours=5)}, {"_id": True, "first": NOON - timedelta(hours=11)}],
        ),
        (
            [{"$group": {"_id": {"$dateToString": {"date": "$at", "format": "%Y-%m-%d"}}, "n": {"$sum": 1}}}],
            [{"_id": "2026-11-22", "n": 12}],
        ),
        ([{"$sort": {"at": 1}}, {"$limit": 1}, {"$project": {"size": 1}}], [{"_id": "v11", "size": 11}]),
    ],
)
async def test_other_pipelines(filled: MongoDatabase, stages: list[Any], expected: list[Document]) -> None:
    assert await _asked(filled, *stages) == expected
