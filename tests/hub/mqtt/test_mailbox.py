"""What waits for the connection: each reply, and the last word on everything that is retained."""

from collections.abc import Iterator

from hub.mqtt.mailbox import CAPACITY, Mailbox, Outgoing


def _taken(mailbox: Mailbox) -> Iterator[Outgoing]:
    while (message := mailbox.take()) is not None:
        yield message


def test_replies_to_one_topic_all_wait_for_each_answers_somebody() -> None:
    mailbox = Mailbox()
    replies = [Outgoing("alcolab/lab/lamp/reply/unknown", b"%d" % number) for number in range(3)]
    for reply in replies:
        mailbox.put(reply)
    assert list(_taken(mailbox)) == replies


def test_of_a_retained_topic_only_the_newest_waits_in_the_place_of_the_first() -> None:
    mailbox = Mailbox()
    mailbox.put(Outgoing("state", b"old", retain=True))
    mailbox.put(Outgoing("other", b"1", retain=True))
    mailbox.put(Outgoing("state", b"new", retain=True))
    assert [message.payload for message in _taken(mailbox)] == [b"new", b"1"]


def test_only_what_is_owed_outlives_a_connection() -> None:
    mailbox = Mailbox()
    mailbox.put(Outgoing("state", b"will be said again", retain=True))
    mailbox.put(Outgoing("command", b"its sender was told no"))
    mailbox.put(Outgoing("reply", b"owed", keep=True))
    mailbox.begin_again()
    assert [message.payload for message in _taken(mailbox)] == [b"owed"]


def test_when_it_is_full_the_oldest_goes_and_is_counted() -> None:
    mailbox = Mailbox()
    for number in range(CAPACITY + 3):
        mailbox.put(Outgoing("reply", b"%d" % number))
    assert (len(mailbox), mailbox.dropped) == (CAPACITY, 3)
    assert next(_taken(mailbox)).payload == b"3"
