from devices.policy.companions import Companions


def test_who_came_is_beside_for_half_a_minute() -> None:
    companions = Companions[str]()
    companions.came("aminata", 100.0)
    assert companions.beside(130.0) == {"aminata"}
    assert companions.beside(130.1) == frozenset()


def test_who_comes_again_stays_longer() -> None:
    companions = Companions[str](window_s=10.0)
    companions.came("aminata", 100.0)
    companions.came("aminata", 109.0)
    assert companions.beside(115.0) == {"aminata"}


def test_who_waits_is_decided_about_again_in_the_order_of_coming() -> None:
    companions = Companions[str]()
    companions.wait("aminata", "first swipe", 100.0)
    companions.wait("jules", "second swipe", 101.0)
    assert list(companions.waiting(102.0).items()) == [("aminata", "first swipe"), ("jules", "second swipe")]


def test_nobody_waits_longer_than_the_window() -> None:
    companions = Companions[str](window_s=10.0)
    companions.wait("aminata", "swipe", 100.0)
    assert companions.waiting(110.0)
    assert not companions.waiting(110.1)


def test_a_later_swipe_replaces_the_one_that_waited() -> None:
    companions = Companions[str]()
    companions.wait("aminata", "weak", 100.0)
    companions.wait("aminata", "strong", 101.0)
    assert companions.waiting(101.0) == {"aminata": "strong"}


def test_who_was_let_in_waits_no_more_but_is_still_company() -> None:
    companions = Companions[str]()
    companions.came("aminata", 100.0)
    companions.wait("aminata", "swipe", 100.0)
    companions.settled("aminata")
    companions.settled("nobody")
    assert not companions.waiting(100.0)
    assert companions.beside(100.0) == {"aminata"}
