"""What is wrong with a cabinet, by part, for technicians: the state `problems`."""

import logging
from collections.abc import Mapping

from devices.device import Port

log = logging.getLogger(__name__)


class Problems:
    """Says each problem once, and once that it is over."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._found: dict[str, str] = {}
        self._publish()

    def found(self, part: str, problem: str) -> None:
        """`part` has this problem, instead of the one it had."""
        if self._found.get(part) != problem:
            log.warning("%s: %s: %s", self._port.device, part, problem)
            self._found[part] = problem
            self._publish()

    def over(self, part: str) -> None:
        """`part` is well."""
        if self._found.pop(part, None) is not None:
            log.info("%s: %s is well again", self._port.device, part)
            self._publish()

    def are(self, part: str, problem: str | None) -> None:
        """Either of the two."""
        if problem:
            self.found(part, problem)
        else:
            self.over(part)

    def replace(self, prefix: str, problems: Mapping[str, str]) -> None:
        """All parts whose names begin so, at once."""
        for part in [part for part in self._found if part.startswith(prefix) and part not in problems]:
            self.over(part)
        for part, problem in problems.items():
            self.found(part, problem)

    def _publish(self) -> None:
        self._port.state("problems", dict(self._found))
