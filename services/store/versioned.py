"""Compare-and-set on one document: read it, decide, and write only if nobody wrote in between.

Each such document carries `revision`, a random mark that every write renews. Random, not counted: a document that was
removed and made anew must not look like the one that was read.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from services.store.mongo import Document, MongoCollection


def new_revision() -> str:
    """A mark that no earlier write has used."""
    return secrets.token_hex(8)


async def change(
    collection: MongoCollection, key: str, decide: Callable[[Document | None], Document | None]
) -> Document | None:
    """Sets the fields that `decide` gives for the document as it is (`None`: there is none), and returns these fields.

    `decide` is asked anew whenever another writer came first; from `None` nothing is written and `None` returned.
    It must be free of effects.
    """
    while True:
        found = await collection.find_one({"_id": key})
        fields = decide(found)
        if fields is None:
            return None
        written = {**fields, "revision": new_revision()}
        if found is None:
            if await collection.insert_new({"_id": key, **written}):
                return fields
        elif await collection.update({"_id": key, "revision": found["revision"]}, {"$set": written}):
            return fields
