"""A control panel of libosdp for one reader: one command at a time, and the reply to it, or silence.

It is driven from outside and touches no line: a call of `refresh()` never blocks, and costs less than a microsecond
when there is nothing to do. Each reader has a panel of its own, so that adding, losing or resetting one disturbs no
other; that only one of them speaks at a time is the affair of the line.
"""

import asyncio
import time
from collections import deque
from typing import Any

import osdp_sys  # type: ignore[import-not-found]  # a compiled module without types

from devices.access.readers.osdp.challenge import make_unpredictable
from devices.access.readers.osdp.diagnosis import failed, silent
from devices.access.readers.osdp.feedback import beeps, lamp
from devices.access.readers.osdp.frame import Frame, parse
from devices.access.readers.osdp.gate import may_be_believed
from devices.access.readers.osdp.reports import Report, report_of
from devices.access.readers.osdp.wire import Wire
from devices.access.readers.reader import Answer

POLL_EVERY_S = 0.0512
"""libosdp polls 50 ms after the last reply, and counts whole milliseconds."""
AGAIN_AFTER_SILENCE_S = 0.81
"""libosdp repeats an unanswered command after 800 ms."""
SOON_S = 0.002
SILENCES_MOST = 2
"""After so many commands in a row without a reply, the reader is not there."""
ABSENT_PAUSE_MOST_S = 5.0
"""One that was not there is asked once, and after pauses that grow to this: its silence costs the others time."""
FAILURES_MOST = 2
"""After so many secure channels in a row that did not come about or broke, something is wrong with it."""
REPORTS_MOST = 32


class Panel:
    """Speaks to the reader at `address` with `key`. `installing`: gives it this key by means of the default one."""

    def __init__(self, reader: str, address: int, key: bytes, *, installing: bool = False) -> None:
        self.address = address
        self.due_s = 0.0
        """When it is worth asking for a command (monotonic)."""
        self.online = False
        """In its secure channel, with its own key."""
        self._reader = reader
        self._error: Exception | None = None
        self._reports: deque[Report] = deque(maxlen=REPORTS_MOST)
        self._changed = asyncio.Event()
        self._reply: Frame | None = None
        self._silences = self._failures = 0
        self._absences = 0
        """How often in a row somebody has begun with it and it was not there."""
        self._lost = False
        self._asks_status = self._tells_status = True
        self._wire = Wire(installing=installing)
        osdp_sys.set_loglevel(osdp_sys.LOG_EMERG)  # what matters is said in our own words
        self._osdp = osdp_sys.ControlPanel([self._info(key, installing=installing)])
        self._osdp.set_event_callback(self._happened)

    def _info(self, key: bytes, *, installing: bool) -> dict[str, Any]:
        # With EnforceSecure libosdp never tries the default key: a panel that installs has the gate alone, until its
        # own key is in use.
        flags = osdp_sys.FLAG_ENABLE_NOTIFICATION | (0 if installing else osdp_sys.FLAG_ENFORCE_SECURE)
        return {"name": "reader", "address": self.address, "flags": flags, "scbk": key, "channel": self._wire}

    def begin(self) -> None:
        """With a new secure channel, whatever was before."""
        self._error = None
        self._silences = self._failures = 0
        self._reports.clear()
        self.online, self._lost = False, True
        self.due_s = time.monotonic() + min(self._absences, ABSENT_PAUSE_MOST_S)

    def fail(self, error: Exception) -> None:
        """It cannot go on: whoever waits for it gets the error."""
        self.online = False
        self.due_s = float("inf")
        self._error = error
        self._changed.set()

    async def until_online(self) -> None:
        """Wait for the secure channel.

        Raises:
            DeviceOffline: the reader is not there, or has another key; the message says what to do.
        """
        while not self.online:
            await self._change()

    async def report(self) -> Report:
        """What the reader reports next in its secure channel; errors as above."""
        while not self._reports:
            await self._change()
        return self._reports.popleft()

    async def _change(self) -> None:
        self._changed.clear()
        if self._error is None:
            await self._changed.wait()
        if self._error is not None:
            raise self._error

    @property
    def identity(self) -> str:
        """How the reader that answers names itself; who it really is, only its key proves."""
        told = self._osdp.get_pd_id(0)
        return (
            f"vendor {told['vendor_code'] & 0xFFFFFF:06x}, model {told['model']}, serial number {told['serial_number']}"
        )

    def command(self) -> bytes:
        """The frame that should go to the reader now; nothing while none is due."""
        self.due_s = time.monotonic() + SOON_S
        if self._lost and not self._restarted():
            return b""
        if self.online and self._asks_status and self._tells_status:
            self._asks_status = not self._submit({"command": osdp_sys.CMD_STATUS, "type": osdp_sys.STATUS_REPORT_LOCAL})
        self._osdp.refresh()  # chooses a command
        self._osdp.refresh()  # sends it
        return self._wire.taken()

    def takes(self, reply: bytes) -> bool:
        """Whether this frame is the reply to the last command."""
        frame, command = parse(reply), self._wire.command
        if command is None or not may_be_believed(frame, command):
            return False
        self._silences = self._absences = 0
        self._reply = frame
        self._wire.put(reply)
        make_unpredictable()
        self.due_s = time.monotonic()
        self._osdp.refresh()
        if self.online:
            self.due_s += POLL_EVERY_S
        return True

    def silence(self, noise: int) -> None:
        """No reply came in time, but `noise` bytes that are none."""
        self._reply = None
        self._silences += 1
        self._osdp.refresh()
        self.due_s = time.monotonic() + AGAIN_AFTER_SILENCE_S
        if self._silences >= (1 if self._absences else SILENCES_MOST):
            self._absences += 1
            self.fail(silent(self._reader, noise))

    def show(self, answer: Answer) -> None:
        """Show it on the lamp and the buzzer, as far as the reader says that it has them; an older one is forgotten."""
        if not self.online:
            return
        self._osdp.flush_commands(0)
        if self._has(osdp_sys.CAP_READER_LED_CONTROL):
            self._submit(lamp(answer))
        if self._has(osdp_sys.CAP_READER_AUDIBLE_OUTPUT):
            self._submit(beeps(answer))
        self.due_s = 0.0

    def _has(self, capability: int) -> bool:
        """A command for what a reader has not would break its secure channel."""
        return all(self._osdp.check_capability(0, capability))

    def _submit(self, command: dict[str, Any]) -> bool:
        return bool(self._osdp.submit_command(0, command))

    def _restarted(self) -> bool:
        """Begin anew with the reader: by itself libosdp would wait for five minutes. False: not yet.

        While it waits to repeat a command it cannot be stopped; a cut wire makes it give that up.
        """
        self._wire.cut = True
        self._osdp.disable_pd(0)
        self._osdp.refresh()
        self._osdp.refresh()
        self._wire.cut = False
        if self._osdp.is_pd_enabled(0):
            return False
        self._osdp.enable_pd(0)
        self._osdp.refresh()
        self._lost = False
        return True

    def _happened(self, _: int, event: dict[str, Any]) -> int:
        """Is called by libosdp within `refresh`. It keeps the dictionary for ever, so the card is taken out of it."""
        happened = dict(event)
        event.clear()
        if happened["event"] == osdp_sys.EVENT_NOTIFICATION:
            self._notified(happened["type"], happened["arg0"], happened["arg1"])
        elif self.online and self._reply is not None and self._reply.secure and (report := report_of(happened)):
            self._reports.append(report)
            self._changed.set()
        return 0

    def _notified(self, kind: int, about: int, result: int) -> None:
        match kind:
            case osdp_sys.EVENT_NOTIFICATION_PD_STATUS if about:
                self._is_online()
            case osdp_sys.EVENT_NOTIFICATION_PD_STATUS if not self._lost:
                self._is_lost()
            case osdp_sys.EVENT_NOTIFICATION_COMMAND if about == osdp_sys.CMD_STATUS:
                self._tells_status = bool(result)

    def _is_online(self) -> None:
        if not self._osdp.sc_status():
            return  # in plaintext, where the gate lets nothing more out
        self._osdp.set_flag(0, osdp_sys.FLAG_ENFORCE_SECURE)
        self._wire.installing = False
        self._failures = 0
        self._asks_status = True
        self.online = True
        self._changed.set()

    def _is_lost(self) -> None:
        self.online, self._lost = False, True
        self._failures += 1
        command = self._wire.command
        if self._failures >= FAILURES_MOST and command is not None:
            self.fail(failed(self._reader, command, self._reply, installing=self._wire.installing))
