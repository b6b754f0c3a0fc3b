"""A real mosquitto of one's own for a test: started, killed and restarted at will."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

STARTS_WITHIN_S = 10.0
STOPS_WITHIN_S = 10.0


def find_mosquitto() -> str | None:
    """The broker's program; Debian keeps it where an ordinary user's PATH does not look."""
    return shutil.which("mosquitto", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Mosquitto:
    """A broker on a port of 127.0.0.1 with a configuration of its own below `folder`.

    `config` is added to its configuration: settings of the listener (TLS, passwords, access lists) or of the whole
    broker. Anonymous clients are let in unless `config` says otherwise. As Debian sets it up, the broker saves its
    state when stopped and every half hour: stopped, it remembers; killed, it forgets.
    """

    def __init__(self, folder: Path, config: str = "", *, port: int | None = None) -> None:
        self.host = "127.0.0.1"
        self.port = port or free_port()
        self._folder = folder
        self._config = config
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def output(self) -> str:
        """All that the broker has logged."""
        return (self._folder / "mosquitto.log").read_text(errors="replace")

    def start(self) -> None:
        """Start, and wait until connections are accepted."""
        program = find_mosquitto()
        if program is None:
            raise FileNotFoundError("mosquitto is not installed")
        self._folder.mkdir(parents=True, exist_ok=True)
        config = self._folder / "mosquitto.conf"
        config.write_text(self._configuration())
        with (self._folder / "mosquitto.log").open("ab") as output:
            self._process = subprocess.Popen([program, "-c", config], stdout=output, stderr=output)
        self._wait_until_it_accepts()

    def kill(self) -> None:
        """SIGKILL: what was not saved is forgotten."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Stop in good order; does nothing when not running."""
        self._end(signal.SIGTERM)

    def restart(self) -> None:
        """Stop if running, and start again on the same port."""
        self.stop()
        self.start()

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        process.wait(STOPS_WITHIN_S)

    def _configuration(self) -> str:
        lines = [
            f"listener {self.port} {self.host}",
            *(["allow_anonymous true"] if "allow_anonymous" not in self._config else []),
            "persistence true",
            f"persistence_location {self._folder}/",
            "log_dest stderr",
            "log_type all",
            *(["user root"] if os.geteuid() == 0 else []),
            self._config,
        ]
        return "\n".join(lines) + "\n"

    def _wait_until_it_accepts(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise ConnectionError(f"mosquitto ended at once:\n{self.output}")
            try:
                socket.create_connection((self.host, self.port), 1.0).close()
            except OSError:
                time.sleep(0.01)
            else:
                return
        self.kill()
        raise ConnectionError(f"mosquitto did not listen within {STARTS_WITHIN_S:.0f} s:\n{self.output}")
