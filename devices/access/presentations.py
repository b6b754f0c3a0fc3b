"""One presentation of a card is one, however often its reader says so."""

from hmac import compare_digest

from devices.access.card import Card


class Presentations:
    """A card counts again when its reader has not seen it for `away_s`; each card for itself."""

    def __init__(self, away_s: float) -> None:
        self._away_s = away_s
        self._there: list[tuple[Card, float]] = []

    def begins(self, card: Card, now_s: float) -> bool:
        """Whether `card`, read now (monotonic), has just come."""
        there = [(other, seen_s) for other, seen_s in self._there if now_s - seen_s < self._away_s]
        others = [(other, seen_s) for other, seen_s in there if not compare_digest(other.number, card.number)]
        self._there = [*others, (card, now_s)]
        return len(others) == len(there)
