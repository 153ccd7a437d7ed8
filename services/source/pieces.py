"""Which bytes of a file are on disk, on their way, or still to be asked for. Pure: no network, no clock of its own."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass

SMALLEST = 64 * 1024
"""Pieces are not cut smaller than this, in bytes; a request costs a round trip."""

SILENT_S = 2.0
"""A connection without a byte for so long loses its piece to one that has nothing to do."""

WORTH_S = 0.5
"""A piece is shared while it has more than so many seconds to go."""


@dataclass(slots=True, eq=False)
class Piece:
    """A run of bytes that one connection fetches, `start` to `end` (exclusive)."""

    start: int
    end: int
    """Lowered when the rest goes to another connection."""
    received: int
    """Next byte to arrive."""
    written: int
    """Everything from `start` up to here lies on disk."""
    heard_at: float
    """When the last byte came, in the loop's seconds."""

    @property
    def remaining(self) -> int:
        """Bytes still to arrive."""
        return self.end - self.received


class PieceMap:
    """Hands out the file from the front; `total` is unknown until the first answer."""

    def __init__(self) -> None:
        self.total: int | None = None
        self._free: list[tuple[int, int]] = [(0, 1 << 62)]
        self._pieces: list[Piece] = []
        self._busy: set[Piece] = set()

    @property
    def done(self) -> int:
        """Bytes on disk, wherever in the file."""
        return sum(piece.written - piece.start for piece in self._pieces)

    @property
    def head(self) -> int:
        """Bytes on disk without a gap from the start."""
        head = 0
        for piece in self._pieces:
            if piece.start != head:
                break
            head = piece.written
        return head

    @property
    def complete(self) -> bool:
        """Whether every byte lies on disk."""
        return self.total is not None and self.head == self.total

    @property
    def missing(self) -> int:
        """Bytes that have not arrived; 0 while the total is unknown."""
        return 0 if self.total is None else self.total - sum(piece.received - piece.start for piece in self._pieces)

    def learn_total(self, total: int) -> None:
        """The file's size; nothing is asked for beyond it."""
        self.total = total
        self._free = [(start, min(end, total)) for start, end in self._free if start < total]
        for piece in self._pieces:
            piece.end = min(piece.end, total)

    def take(self, *, size: int, now: float) -> Piece | None:
        """The next `size` bytes or so; `None` when all are handed out. Before the total is known only one piece is."""
        if not self._free or (self.total is None and self._busy):
            return None
        start, free_end = self._free.pop(0)
        end = start + max(size, SMALLEST)
        if free_end - end < SMALLEST:
            end = free_end
        else:
            self._free.insert(0, (end, free_end))
        return self._begin(start, end, now)

    def share(self, *, rate: float, keep: int, now: float) -> bool:
        """Frees part of what a connection is busy with, if that helps one that has nothing to do.

        All of a silent connection's rest; else the longest one keeps half of its rest, and at most `keep` bytes, which
        is what other pieces have: the file is to arrive from its front on. `rate` is a connection's usual bytes/s.
        """
        slow = max(self._busy, key=lambda one: (now - one.heard_at > SILENT_S, one.remaining), default=None)
        if self.total is None or slow is None or slow.remaining <= 0:
            return False
        if now - slow.heard_at > SILENT_S:
            self._cut(slow, slow.received)
            return True
        if slow.remaining < 2 * SMALLEST or slow.remaining <= rate * WORTH_S:
            return False
        self._cut(slow, slow.received + min(slow.remaining // 2, max(SMALLEST, keep)))
        return True

    def give_back(self, piece: Piece) -> None:
        """Nobody fetches the piece any more; what it lacks is handed out again."""
        self._busy.discard(piece)
        if piece.remaining > 0:
            self._cut(piece, piece.received)

    def become_plain(self, now: float) -> Piece:
        """One piece for the whole file, what lies at its start kept: the server knows no ranges."""
        head = self.head
        self.total = None
        self._pieces.clear()
        self._busy.clear()
        self._free.clear()
        piece = self._begin(0, 1 << 62, now)
        piece.received = piece.written = head
        return piece

    def _begin(self, start: int, end: int, now: float) -> Piece:
        piece = Piece(start=start, end=end, received=start, written=start, heard_at=now)
        insort(self._pieces, piece, key=lambda one: one.start)
        self._busy.add(piece)
        return piece

    def _cut(self, piece: Piece, end: int) -> None:
        insort(self._free, (end, piece.end))
        piece.end = end
