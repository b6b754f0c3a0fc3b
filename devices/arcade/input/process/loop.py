"""The loop of the input process: from the edge to the key.

What the next change of each switch will give is known before it comes, as bytes that stand ready in `Chip.answers`
under what its record will say. So the common change is one look-up and one write; thinking, counting and
reporting come after it. Where no answer is ready (bouncing, turbo, shift, several at once), thinking comes first.
Nothing wakes it but an edge, its owner, or a time that somebody's press has set.
"""

import marshal
import os
from select import EPOLLIN, epoll, select
from time import monotonic_ns

from .codes import MESSAGE_MOST, NEVER_NS, NOTHING
from .player import Player, Tables
from .wiring import KIND_AND_OFFSET, RECORD, RECORDS_BYTES, RISING, SEQNO_MASK, Chip, ChipGone, Switch

WATCH_FIRST_NS = 250_000_000
WATCH_MOST_NS = 64_000_000_000
"""A held switch is looked at, less and less often: kernels before 6.6 do not say that a chip has gone."""
READY_MOST = 8


class Loop:
    """The switches, the players and what connects them."""

    def __init__(self, control: int, chips: list[Chip], players: list[Player]) -> None:
        self._control = control
        self._chips = {chip.descriptor: chip for chip in chips}
        self._players = players
        self._switches = [switch for chip in chips for switch in chip.switches.values()]
        self._of_player: list[dict[int, Switch]] = [{} for _ in players]
        for switch in self._switches:
            self._of_player[switch.player][switch.number] = switch
        self._windows: dict[Switch, None] = {}
        """Switches that may bounce now, in the order in which their windows end."""
        self._unheard: dict[Switch, None] = {}
        """Switches of which the owner has not heard, because it did not listen."""
        self._players_ns = NEVER_NS
        """When turbo or a pulse is next due."""
        self._watch_ns = NEVER_NS
        self._watch_every_ns = WATCH_FIRST_NS

    def run(self) -> None:
        """Serve until the owner has gone.

        Raises:
            ChipGone: a chip has gone.
            EOFError: the owner has gone.
        """
        poller = epoll()
        for descriptor in (self._control, *self._chips):
            poller.register(descriptor, EPOLLIN)
        for chip in self._chips.values():
            chip.start()
        self._prepare(self._switches)
        self._say(("ready",))
        self._serve(poller)

    def _serve(self, poller: epoll) -> None:
        poll, read, write, one, key = poller.poll, os.read, os.write, RECORD.size, KIND_AND_OFFSET
        answers = {descriptor: chip.answers.get for descriptor, chip in self._chips.items()}
        while True:
            ready = poll(self._wait_s(), READY_MOST)
            for descriptor, _ in ready:
                if (answer_to := answers.get(descriptor)) is None:
                    self._obey()
                    continue
                try:
                    records = read(descriptor, RECORDS_BYTES)
                except BlockingIOError:
                    continue
                except OSError:
                    raise ChipGone from None
                if answer := answer_to(records[key]) if len(records) == one else None:
                    try:
                        write(*answer)
                    except BlockingIOError:
                        _write(*answer)
                self._take(descriptor, records, answer is not None)
            if self._players_ns != NEVER_NS:
                self._play()
            if not ready:
                self._settle()

    def release(self) -> None:
        """Nothing is pressed any more."""
        for player in self._players:
            _write(player.tables.device, player.tables.released)

    def _wait_s(self) -> float:
        due_ns = min(self._players_ns, self._watch_ns)
        for switch in self._windows:
            due_ns = min(due_ns, switch.contact.until_ns)
            break
        return -1 if due_ns == NEVER_NS else max(0, due_ns - monotonic_ns()) / 1e9

    def _take(self, descriptor: int, records: bytes, answered: bool) -> None:
        """Think about records, of which the first and only one may be answered already."""
        if not records:
            raise ChipGone
        now_ns = monotonic_ns() if answered else 0
        chip = self._chips[descriptor]
        changed: list[Switch] = []
        frames: dict[int, list[bytes]] = {}
        for at_ns, kind, offset, seqno, _ in RECORD.iter_unpack(records):
            if chip.next_seqno not in (0, seqno):
                self._watch_ns = 0  # some were dropped
            chip.next_seqno = seqno + 1 & SEQNO_MASK
            switch = chip.switches[offset]
            if switch in self._windows and at_ns >= switch.contact.until_ns:
                self._close(switch)
            if switch.contact.edge(kind == RISING, at_ns):
                changed.append(switch)
                self._change(switch, at_ns, frames)
        if not answered:
            _write_all(frames)
            now_ns = monotonic_ns()
            self._heed_players()
        for switch in changed:
            switch.latency_ns = now_ns - switch.at_ns

    def _change(self, switch: Switch, at_ns: int, frames: dict[int, list[bytes]]) -> None:
        """A switch has gone down or up."""
        player = self._players[switch.player]
        if frame := player.change(switch.number, switch.contact.active, at_ns):
            frames.setdefault(player.tables.device, []).append(frame)
        switch.at_ns, switch.latency_ns = at_ns, NOTHING
        self._windows[switch] = None
        self._watch_every_ns = WATCH_FIRST_NS
        self._watch_ns = min(self._watch_ns, at_ns + WATCH_FIRST_NS)
        siblings = self._of_player[switch.player]
        self._prepare([switch, *[siblings[n] for n in player.tables.coupled[switch.number] if n in siblings]])

    def _prepare(self, switches: list[Switch]) -> None:
        """Have answers ready for their next change."""
        for switch in switches:
            answers, (released, pressed) = switch.chip.answers, switch.keys
            answers.pop(released, None)
            answers.pop(pressed, None)
            if switch not in self._windows:
                player = self._players[switch.player]
                goes_down = not switch.contact.active
                if frame := player.foresee(switch.number, goes_down):
                    answers[switch.keys[goes_down]] = (player.tables.device, frame)

    def _play(self) -> None:
        """Turbo and pulses, if they are due."""
        now_ns = monotonic_ns()
        if self._players_ns <= now_ns:
            for player in self._players:
                if frame := player.tick(now_ns):
                    _write(player.tables.device, frame)
            self._prepare(self._switches)
            self._heed_players()

    def _settle(self) -> None:
        """Look at levels, if it is time. All edges have been read: what levels say comes after what edges said."""
        now_ns = monotonic_ns()
        if ended := self._ended(now_ns):
            for switch in ended:
                self._close(switch)
            self._look(ended, now_ns)
        if self._watch_ns <= now_ns:
            self._watch(now_ns)

    def _ended(self, now_ns: int) -> list[Switch]:
        ended = []
        for switch in self._windows:
            if switch.contact.until_ns > now_ns:
                break
            ended.append(switch)
        return ended

    def _close(self, switch: Switch) -> None:
        """The window of a switch has ended."""
        del self._windows[switch]
        switch.contact.close()
        active, bounces, counts = switch.contact.active, switch.contact.bounces, switch.counts
        if active:
            counts.pressed(bounces)
        if switch.latency_ns != NOTHING:
            counts.took(switch.latency_ns)
        self._report(switch, "changed", active, switch.at_ns, max(switch.latency_ns, 0), bounces)
        self._prepare([switch])

    def _watch(self, now_ns: int) -> None:
        for switch in list(self._unheard):
            self._report(switch, "counted")
        self._look([switch for switch in self._switches if switch not in self._windows], now_ns)
        if self._unheard or any(switch.contact.active for switch in self._switches):
            self._watch_ns = now_ns + self._watch_every_ns
            self._watch_every_ns = min(2 * self._watch_every_ns, WATCH_MOST_NS)
        else:
            self._watch_ns = NEVER_NS

    def _look(self, switches: list[Switch], now_ns: int) -> None:
        """Take switches for what they are: edges may have been dropped, by us or by the kernel."""
        levels: dict[Chip, int] = {}
        frames: dict[int, list[bytes]] = {}
        for switch in switches:
            if switch.chip not in levels:
                levels[switch.chip] = switch.chip.levels()
            if switch.contact.look(bool(levels[switch.chip] & switch.mask), now_ns):
                self._change(switch, now_ns, frames)
        if frames:
            _write_all(frames)
            self._heed_players()

    def _heed_players(self) -> None:
        """Shortcuts and times that a change has brought about."""
        self._players_ns = min([player.due_ns() for player in self._players])
        for number, player in enumerate(self._players):
            for shortcut in player.shortcuts:
                self._say(("shortcut", number, shortcut))
            player.shortcuts.clear()

    def _obey(self) -> None:
        """Do what the owner says."""
        try:
            message = os.read(self._control, MESSAGE_MOST)
        except BlockingIOError:
            return
        if not message:
            raise EOFError
        match marshal.loads(message):  # noqa: S302 - from our owner, by a socket that nobody else has
            case "apply", tables:
                for player, of_player in zip(self._players, tables, strict=True):
                    device = player.tables.device
                    _write(device, player.apply(Tables(**of_player), monotonic_ns()))
            case "admit", count:
                for number, player in enumerate(self._players):
                    if frame := player.admit(number < count):
                        _write(player.tables.device, frame)
            case "pulse", number, button, duration_ns:
                self._players[number].pulse(button, duration_ns)
        self._prepare(self._switches)
        self._heed_players()

    def _report(self, switch: Switch, kind: str, *what: int) -> None:
        counts = switch.counts
        counted = (counts.presses, counts.bounces, counts.latencies)
        if self._say((kind, switch.player, switch.number, counted, *what)):
            self._unheard.pop(switch, None)
        else:
            self._unheard[switch] = None

    def _say(self, message: tuple[str | int | tuple[int | list[int], ...], ...]) -> bool:
        """Whether the owner could be told."""
        try:
            os.write(self._control, marshal.dumps(message))
        except BlockingIOError:
            return False
        except OSError:
            raise EOFError from None
        return True


def _write_all(frames: dict[int, list[bytes]]) -> None:
    """One write for each device."""
    for device, of_device in frames.items():
        _write(device, b"".join(of_device))


def _write(device: int, frame: bytes) -> None:
    """Wait for a game that does not read, which only a simulated one can make us do."""
    while True:
        try:
            os.write(device, frame)
        except BlockingIOError:
            select((), (device,), ())
        else:
            return
