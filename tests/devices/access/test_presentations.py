"""One presentation of a card is one event."""

from hypothesis import given
from hypothesis import strategies as st

from devices.access.card import Card
from devices.access.presentations import Presentations

ADA, BOB = Card.numbered(1), Card.numbered(2)


def counted(reads: list[tuple[float, Card]]) -> list[tuple[float, Card]]:
    presentations = Presentations(away_s=1.0)
    return [(at_s, card) for at_s, card in reads if presentations.begins(card, at_s)]


def test_a_card_that_lies_there_counts_once_however_long() -> None:
    assert counted([(step * 0.065, ADA) for step in range(1000)]) == [(0.0, ADA)]


def test_it_counts_again_when_it_was_away() -> None:
    assert counted([(0.0, ADA), (0.5, ADA), (1.5, ADA)]) == [(0.0, ADA), (1.5, ADA)]


def test_two_cards_that_come_quickly_one_after_the_other_are_two() -> None:
    assert counted([(0.0, ADA), (0.065, BOB)]) == [(0.0, ADA), (0.065, BOB)]


def test_two_cards_that_lie_there_together_count_once_each() -> None:
    reads = [(step * 0.065, (ADA, BOB)[step % 2]) for step in range(100)]
    assert [card for _, card in counted(reads)] == [ADA, BOB]


@given(st.lists(st.tuples(st.floats(0, 100), st.sampled_from([ADA, BOB])), max_size=40))
def test_each_event_follows_a_second_without_its_card_and_each_such_second_ends_with_one(
    reads: list[tuple[float, Card]],
) -> None:
    reads.sort(key=lambda read: read[0])
    for card in (ADA, BOB):
        times = [at_s for at_s, other in reads if other == card]
        begins = [at_s for before, at_s in zip([-1000.0, *times], times, strict=False) if at_s - before >= 1.0]
        assert [at_s for at_s, other in counted(reads) if other == card] == begins
