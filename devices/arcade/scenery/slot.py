"""A coin or token acceptor as a coin finds it: its pulses, its tolerances, and how it breaks."""

import asyncio
import time
from collections.abc import Sequence
from random import Random

from devices.arcade.options import CoinSlotOptions, PulseCount
from devices.arcade.scenery.contact import NS_PER_S, Contact
from devices.board.world import Fault, World

TOLERANCE = 0.12
"""Pulses of a sound acceptor are so much longer or shorter than they should be."""
OUT_OF_TOLERANCE = 1.4
"""How much longer they are when its spring or its clock has aged."""
GLITCH_S = 0.004
"""A neighbour's motor, on a long wire."""
BOUNCES, BOUNCE_NS = 0.5, 500_000
"""The relay of an acceptor bounces half of the times, for so long."""
FALLS_S = 0.3
"""From the slot to the acceptor's pulse."""


class Slot:
    """The acceptor, which can be broken as `target`: its line is stuck active (hang), it is unplugged, its pulses are
    too long (drift), or its wire catches glitches (garbage).
    """

    def __init__(self, world: World, target: str, options: CoinSlotOptions, random: Random) -> None:
        self._world = world
        self._target = target
        self._signal = options.signal
        self._pause_s = options.signal.pause * 0.8 if isinstance(options.signal, PulseCount) else 0.0
        self._inhibit = world.pin(options.inhibit) if options.inhibit else None
        self._random = random
        self._contact = Contact(world.pin(options.line), active_low=options.active_low, random=random)
        self._falling = False
        world.offer(target)

    @property
    def returns_coins(self) -> bool:
        """Whether it gives coins back: it is told to, or has no power."""
        return self._world.fault(self._target) is Fault.UNPLUG or (self._inhibit is not None and self._inhibit.level)

    async def insert(self) -> int | None:
        """Drop one of the coins that it knows: the credits that it is worth, or None if it came back or got stuck."""
        if self.returns_coins:
            return None
        worth, pulses_s = self._coin()
        await asyncio.sleep(FALLS_S)
        self._falling = True
        try:
            fault = self._world.fault(self._target)
            if fault in {Fault.HANG, Fault.UNPLUG}:
                return None
            await self._send(pulses_s, OUT_OF_TOLERANCE if fault is Fault.DRIFT else 1.0)
        finally:
            self._falling = False
            self.step()
        return worth

    def step(self) -> None:
        """What its line does by itself; called now and then."""
        if self._falling:
            return
        fault, now_ns = self._world.fault(self._target), time.monotonic_ns()
        self._contact.rest(fault is Fault.HANG, now_ns)
        if fault is Fault.GARBAGE:
            self._contact.rest(True, now_ns - round(GLITCH_S * NS_PER_S))
            self._contact.rest(False, now_ns)

    def _coin(self) -> tuple[int, Sequence[float]]:
        """One that it knows: its credits, and the lengths of its pulses."""
        if isinstance(self._signal, PulseCount):
            pulses = self._random.choice(sorted(self._signal.credits))
            return self._signal.credits[pulses], [self._signal.pulse] * pulses
        coin = self._random.choice(self._signal.coins)
        return coin.credits, [coin.pulse]

    async def _send(self, pulses_s: Sequence[float], stretched: float) -> None:
        """Stamped with the times that they should have, however late this program may be."""
        at_ns = time.monotonic_ns() - BOUNCE_NS
        for pulse_s in pulses_s:
            length_s = pulse_s * stretched * self._random.uniform(1 - TOLERANCE, 1 + TOLERANCE)
            for closed, lasts_s in ((True, length_s), (False, min(length_s, self._pause_s))):
                self._change(closed, at_ns)
                at_ns += round(lasts_s * NS_PER_S)
                await asyncio.sleep((at_ns + BOUNCE_NS - time.monotonic_ns()) / NS_PER_S)

    def _change(self, closed: bool, at_ns: int) -> None:
        """With a bounce, sometimes."""
        self._contact.rest(closed, at_ns)
        if self._random.random() < BOUNCES:
            self._contact.rest(not closed, at_ns + BOUNCE_NS // 3)
            self._contact.rest(closed, at_ns + BOUNCE_NS)
