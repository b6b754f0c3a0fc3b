"""When a Pi is well, when it needs a look, when somebody must come."""

from dataclasses import replace

import pytest

from hub.health import Health, Verdict
from hub.supervisor import Condition, Status

WELL = Health(node="hub", version="1", clock_trusted=True, services=(Status("web"),), broker_connected=True)


def test_a_pi_whose_services_run_is_well() -> None:
    assert WELL.verdict is Verdict.PASS


def test_a_pi_without_a_broker_in_its_configuration_is_well() -> None:
    assert replace(WELL, broker_connected=None).verdict is Verdict.PASS


@pytest.mark.parametrize("condition", [Condition.WAITING, Condition.STUCK])
def test_a_service_that_does_not_run_makes_the_pi_fail(condition: Condition) -> None:
    assert replace(WELL, services=(Status("web"), Status("history", condition))).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    "look",
    [
        replace(WELL, devices=(Status("rain-tank", Condition.WAITING),)),
        replace(WELL, devices=(Status("rain-tank", Condition.STUCK),)),
        replace(WELL, broker_connected=False),
        replace(WELL, clock_trusted=False),
    ],
)
def test_what_a_restart_of_this_pi_would_not_mend_only_needs_a_look(look: Health) -> None:
    assert look.verdict is Verdict.WARN


def test_what_has_ended_well_is_no_trouble() -> None:
    assert replace(WELL, services=(Status("web", Condition.ENDED),)).verdict is Verdict.PASS
