"""A game by pygame, of which SDL is asked what it sees; Debian's Python runs it.

Debian's SDL asks udev for gamepads, as games on a Pi do; that of pygame's wheels does not. Each line on standard input
is answered with one of JSON. `start`: the game starts anew; anything else: it goes on, and has heard of changes.
"""

import json
import sys

import pygame  # type: ignore[import-not-found] # Debian's
from pygame._sdl2 import controller  # type: ignore[import-not-found] # likewise

BUTTONS = {
    name.removeprefix("CONTROLLER_BUTTON_"): number
    for name, number in vars(pygame).items()
    if name.startswith("CONTROLLER_BUTTON_") and not name.endswith("_MAX")
}


def main() -> None:
    pygame.display.init()
    _start()
    for line in sys.stdin:
        if line == "start\n":
            controller.quit()
            pygame.joystick.quit()
            _start()
        pygame.event.pump()
        sys.stdout.write(json.dumps([_seen(number) for number in range(pygame.joystick.get_count())]) + "\n")
        sys.stdout.flush()


def _start() -> None:
    controller.init()
    pygame.joystick.init()


def _seen(number: int) -> dict[str, object]:
    joystick, pad = pygame.joystick.Joystick(number), controller.Controller(number)
    return {
        "name": joystick.get_name(),
        "guid": joystick.get_guid(),
        "mapping": pad.get_mapping() if controller.is_controller(number) else None,
        "held": sorted(name for name, button in BUTTONS.items() if pad.get_button(button)),
    }


if __name__ == "__main__":
    main()
