"""What can be asked of a cabinet, and who answers."""

from collections.abc import Callable, Mapping
from uuid import uuid4

from devices.arcade.arguments import (
    CreditArguments,
    LeaveArguments,
    ProfileArguments,
    RemapArguments,
    SocdArguments,
    SwitchArguments,
    TurboArguments,
)
from devices.arcade.attendant import Attendant
from devices.arcade.coins.ledger import Ledger
from devices.arcade.errands import Errands
from devices.arcade.lights.show import LightShow
from devices.arcade.options import Profile
from devices.arcade.panel.profiles import Profiles
from devices.arcade.panel.tester import InputTester
from devices.device import Json, NoArguments, Port

Data = Mapping[str, Json]
NOTHING: Data = {}


class Commands:
    """Hands each command to the part that it concerns; `Refused` says why not."""

    def __init__(
        self,
        *,
        attendant: Attendant,
        ledger: Ledger,
        profiles: Profiles,
        tester: InputTester,
        lamps: LightShow,
        errands: Errands,
        use_profile: Callable[[Profile], None],
    ) -> None:
        self._attendant = attendant
        self._ledger = ledger
        self._profiles = profiles
        self._tester = tester
        self._lamps = lamps
        self._errands = errands
        self._use_profile = use_profile

    def serve(self, port: Port) -> None:
        """Carry them out from now on."""
        port.serve("join", self._join)
        port.serve("leave", self._leave)
        port.serve("watch", self._watch)
        port.serve("profile", self._profile)
        port.serve("remap", self._remap)
        port.serve("socd", self._socd)
        port.serve("turbo", self._turbo)
        port.serve("credit", self._credit)
        port.serve("end-turn", self._end_turn)
        port.serve("renew-switch", self._renew_switch)
        port.serve("test-lamps", self._test_lamps)

    async def _join(self, _: NoArguments) -> Data:
        return {"ticket": self._attendant.tell(lambda turns, now_s: turns.join(now_s))}

    async def _leave(self, arguments: LeaveArguments) -> Data:
        self._attendant.tell(lambda turns, now_s: turns.leave(arguments.ticket, now_s))
        return NOTHING

    async def _end_turn(self, _: NoArguments) -> Data:
        self._attendant.tell(lambda turns, now_s: turns.end_turn(now_s))
        return NOTHING

    async def _credit(self, arguments: CreditArguments) -> Data:
        await self._ledger.grant(uuid4().hex, arguments.credits)
        self._attendant.tell(lambda turns, now_s: turns.balance(self._ledger.balance, now_s))
        return {"credits": self._ledger.balance}

    async def _profile(self, arguments: ProfileArguments) -> Data:
        self._use_profile(await self._profiles.choose(arguments.name))
        return NOTHING

    async def _remap(self, arguments: RemapArguments) -> Data:
        self._use_profile(await self._profiles.remap(arguments.profile, arguments.button, arguments.to))
        return NOTHING

    async def _socd(self, arguments: SocdArguments) -> Data:
        self._use_profile(await self._profiles.socd(arguments.profile, arguments.socd))
        return NOTHING

    async def _turbo(self, arguments: TurboArguments) -> Data:
        self._use_profile(await self._profiles.turbo(arguments.profile, arguments.button, arguments.hertz))
        return NOTHING

    async def _watch(self, _: NoArguments) -> Data:
        self._tester.watch()
        return NOTHING

    async def _renew_switch(self, arguments: SwitchArguments) -> Data:
        await self._tester.renew(arguments.player, arguments.button)
        return NOTHING

    async def _test_lamps(self, _: NoArguments) -> Data:
        self._errands.do(self._lamps.test)
        return NOTHING
