"""The history's tests wait for its commits, so these come sooner than in a lab."""

import pytest

from hub.history import service


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "GATHER_S", 0.02)
    monkeypatch.setattr(service, "ACKNOWLEDGE_EVERY_S", 0.02)
    monkeypatch.setattr(service, "RETRY_S", 0.05)
