"""What a reader shows: green and a beep, or red, blinking, and three beeps; as libosdp's commands."""

from collections.abc import Mapping
from typing import Any

import osdp_sys  # type: ignore[import-not-found]  # a compiled module without types

from devices.access.readers.reader import Answer

LAMP_TENTHS = 20
"""How long the lamp shows it, in tenths of a second, as all times in these commands."""
BLINK_TENTHS = 2
BEEP_TENTHS = 1
BEEPS: Mapping[Answer, int] = {Answer.GRANTED: 1, Answer.DENIED: 3}
SET_TEMPORARILY = 2
DEFAULT_TONE = 2


def lamp(answer: Answer) -> dict[str, Any]:
    """The first lamp, for two seconds; then it is again what the reader itself makes it."""
    granted = answer is Answer.GRANTED
    return {
        "command": osdp_sys.CMD_LED,
        "reader": 0,
        "led_number": 0,
        "temporary": True,
        "control_code": SET_TEMPORARILY,
        "on_color": osdp_sys.LED_COLOR_GREEN if granted else osdp_sys.LED_COLOR_RED,
        "off_color": osdp_sys.LED_COLOR_GREEN if granted else osdp_sys.LED_COLOR_NONE,
        "on_count": BLINK_TENTHS,
        "off_count": BLINK_TENTHS,
        "timer_count": LAMP_TENTHS,
    }


def beeps(answer: Answer) -> dict[str, Any]:
    """The buzzer, in its usual tone."""
    return {
        "command": osdp_sys.CMD_BUZZER,
        "reader": 0,
        "control_code": DEFAULT_TONE,
        "on_count": BEEP_TENTHS,
        "off_count": BEEP_TENTHS,
        "rep_count": BEEPS[answer],
    }
