"""How often one address may do something."""

from hub.web.rate_limit import ADDRESSES_AT_MOST, RateLimit


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_an_address_may_so_often_and_again_when_time_has_passed() -> None:
    clock = Clock()
    limit = RateLimit(2, 60.0, clock)
    assert [limit.allows("192.0.2.1") for _ in range(3)] == [True, True, False]
    clock.now_s = 59.9
    assert not limit.allows("192.0.2.1")
    clock.now_s = 60.0
    assert [limit.allows("192.0.2.1") for _ in range(3)] == [True, True, False]


def test_a_refusal_does_not_count() -> None:
    clock = Clock()
    limit = RateLimit(1, 60.0, clock)
    assert limit.allows("192.0.2.1")
    for second in range(1, 60):
        clock.now_s = float(second)
        assert not limit.allows("192.0.2.1")
    clock.now_s = 60.0
    assert limit.allows("192.0.2.1")


def test_each_address_counts_for_itself() -> None:
    limit = RateLimit(1, 60.0)
    assert limit.allows("192.0.2.1")
    assert limit.allows("192.0.2.2")
    assert limit.allows("")


def test_whoever_has_one_ipv6_address_has_the_others_of_its_network() -> None:
    limit = RateLimit(1, 60.0)
    assert limit.allows("2001:db8::1")
    assert not limit.allows("2001:db8::2:3")
    assert limit.allows("2001:db8:0:1::1")


def test_an_ipv4_address_written_as_ipv6_is_no_network() -> None:
    limit = RateLimit(1, 60.0)
    assert limit.allows("::ffff:192.0.2.1")
    assert limit.allows("::ffff:192.0.2.2")


def test_a_flood_of_addresses_costs_no_memory() -> None:
    limit = RateLimit(1, 60.0)
    for each in range(2 * ADDRESSES_AT_MOST):
        limit.allows(f"visitor {each}")
    assert len(limit._times) == ADDRESSES_AT_MOST
