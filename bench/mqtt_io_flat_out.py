"""Started inside the peer's environment: mqtt-io, with sensor intervals below the whole second that it allows.

`python mqtt_io_flat_out.py INTERVAL_S CONFIG`. Nothing but the interval is changed.
"""

import sys
from typing import Any

import mqtt_io.server  # type: ignore[import-not-found]  # lives in the peer's environment
from mqtt_io.__main__ import main  # type: ignore[import-not-found]

interval_s = float(sys.argv.pop(1))
validate = mqtt_io.server.validate_and_normalise_sensor_input_config


def hurried(*arguments: Any) -> dict[str, Any]:
    return {**validate(*arguments), "interval": interval_s}


mqtt_io.server.validate_and_normalise_sensor_input_config = hurried
main()
