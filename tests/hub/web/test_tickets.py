"""Whose ticket is whose, and how long."""

from collections.abc import Iterator
from contextlib import contextmanager

from hub.bus import Bus, UnkeptJournal
from hub.web.tickets import CHANGING_PLACES_S, REMEMBERED, Tickets, command_id, new_key
from tests.hub.web.cabinets import HERE, Cabinet
from tests.hub.web.served import Served


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s

    def pass_by(self, seconds: float) -> None:
        self.now_s += seconds


@contextmanager
def tickets() -> Iterator[tuple[Tickets, Cabinet, Clock]]:
    served, clock = Served(), Clock()
    made = Tickets(served.bus, clock)
    with made.followed():
        yield made, Cabinet(served), clock


def animal(held: Tickets, key: str) -> str | None:
    ticket = held.held(key)
    return ticket.animal if ticket else None


def test_a_key_holds_its_ticket_while_the_cabinet_shows_it() -> None:
    with tickets() as (held, cabinet, clock):
        held.give("mine", HERE, "fox")
        cabinet.queue("owl", "fox")
        clock.pass_by(3600)
        assert animal(held, "mine") == "fox"
        assert animal(held, "another") is None
        assert held.held(None) is None


def test_the_ticket_goes_from_the_queue_to_the_game() -> None:
    with tickets() as (held, cabinet, clock):
        held.give("mine", HERE, "fox")
        cabinet.queue("fox")
        cabinet.queue()
        clock.pass_by(0.1)
        cabinet.turn("calling", "fox")
        clock.pass_by(3600)
        assert animal(held, "mine") == "fox"


def test_when_the_cabinet_shows_it_no_longer_it_is_over() -> None:
    with tickets() as (held, cabinet, clock):
        held.give("mine", HERE, "fox")
        cabinet.turn("playing", "fox")
        cabinet.turn("free")
        assert animal(held, "mine") == "fox"
        clock.pass_by(CHANGING_PLACES_S + 1)
        assert animal(held, "mine") is None
        assert held.is_spent("mine")


def test_an_animal_that_comes_back_later_is_somebody_elses() -> None:
    with tickets() as (held, cabinet, clock):
        held.give("mine", HERE, "fox")
        cabinet.queue("fox")
        cabinet.queue()
        clock.pass_by(CHANGING_PLACES_S + 1)
        cabinet.queue("fox")
        assert animal(held, "mine") is None


def test_an_animal_that_is_given_again_is_the_new_holders_at_once() -> None:
    with tickets() as (held, cabinet, _):
        held.give("old", HERE, "fox")
        cabinet.queue("fox")
        held.give("new", HERE, "fox")
        assert (animal(held, "old"), animal(held, "new")) == (None, "fox")


def test_a_ticket_that_the_cabinet_never_shows_is_over_soon() -> None:
    with tickets() as (held, _, clock):
        held.give("mine", HERE, "fox")
        clock.pass_by(CHANGING_PLACES_S)
        assert animal(held, "mine") == "fox"
        clock.pass_by(1)
        assert animal(held, "mine") is None


def test_news_of_another_cabinet_says_nothing_of_this_one() -> None:
    with tickets() as (held, cabinet, clock):
        held.give("mine", HERE, "fox")
        cabinet.queue("fox")
        Cabinet(cabinet.served, "racing").queue("owl")
        clock.pass_by(3600)
        assert animal(held, "mine") == "fox"


def test_states_that_make_no_sense_end_nothing_by_an_error() -> None:
    with tickets() as (held, cabinet, _):
        held.give("mine", HERE, "fox")
        for nonsense in (None, 7, "fox", ["fox"], [{"ticket": None}], {"ticket": ["fox"]}):
            cabinet.say("queue", nonsense)
            cabinet.say("turn", nonsense)
        assert animal(held, "mine") == "fox"


def test_only_so_many_keys_are_remembered() -> None:
    held = Tickets(Bus(UnkeptJournal()))
    keys = [new_key() for _ in range(REMEMBERED + 1)]
    for place, key in enumerate(keys):
        held.give(key, HERE, f"animal {place}")
    assert [held.is_spent(key) for key in (keys[0], keys[1], keys[-1])] == [False, True, True]


def test_what_goes_over_mqtt_does_not_tell_the_key() -> None:
    key = new_key()
    assert command_id(key) == command_id(key) != command_id(new_key())
    assert key not in command_id(key)
    assert len(command_id(key)) <= 64  # as topics.md says
