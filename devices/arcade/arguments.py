"""What the commands to a cabinet take."""

from dataclasses import dataclass
from typing import Annotated

from devices.arcade.buttons import Button, Socd
from devices.arcade.options import Credits
from devices.options import STRICT, About, Name, Within

Panel = Annotated[int, Within(least=1, most=4)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveArguments:
    """What `leave` takes."""

    __pydantic_config__ = STRICT
    ticket: Annotated[Name, About("The ticket that `join` gave.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileArguments:
    """What `profile` takes."""

    __pydantic_config__ = STRICT
    name: Annotated[Name, About("The profile, where no game says another.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemapArguments:
    """What `remap` takes."""

    __pydantic_config__ = STRICT
    profile: Annotated[Name, About("The profile to change.")]
    button: Annotated[Button, About("The switch that is pressed.")]
    to: Annotated[Button, About("What the game sees; the same again for itself.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SocdArguments:
    """What `socd` takes."""

    __pydantic_config__ = STRICT
    profile: Annotated[Name, About("The profile to change.")]
    socd: Annotated[Socd, About("What the game sees of opposite directions.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurboArguments:
    """What `turbo` takes."""

    __pydantic_config__ = STRICT
    profile: Annotated[Name, About("The profile to change.")]
    button: Annotated[Button, About("The button that fires while it is held.")]
    hertz: Annotated[Annotated[float, Within(least=0, most=30)], About("Times a second; 0: no turbo.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditArguments:
    """What `credit` takes."""

    __pydantic_config__ = STRICT
    credits: Annotated[Credits, About("How many to give.")] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchArguments:
    """What `renew-switch` takes."""

    __pydantic_config__ = STRICT
    player: Annotated[Panel, About("Whose switch.")]
    button: Annotated[Button, About("Which switch.")]
