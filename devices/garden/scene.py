"""A garden day on a simulated board: what the weather does to every sensor of one bed, and how each can break."""

import asyncio
from dataclasses import replace
from functools import partial

from devices.board.scene import Scene
from devices.board.world import World
from devices.garden import scenery, sent
from devices.garden.options import (
    GardenOptions,
    KernelSensor,
    PulseSensor,
    Sensor,
    SerialLinesSensor,
    UartDistanceSensor,
    W1Sensor,
)
from devices.garden.props import Gauge, Probe, Prop, Radio, Raw, SysfsFile, kernel_attribute, w1_attribute
from devices.garden.water import advanced, water_at

QUICK_S = 5.0


class GardenScene(Scene):
    """Offers each sensor of a bed as a target for faults, `<device>/<channel>`, and plays them all.

    All is plugged in before the first driver looks for it.
    """

    config: GardenOptions

    def __init__(self, device: str, config: GardenOptions, world: World) -> None:
        super().__init__(device, config, world)
        self._water = water_at(world.time())
        for channel in config.sensors:
            world.offer(f"{device}/{channel}")
        self._props = self._all_props()
        for prop in self._props:
            prop.step()

    @classmethod
    def quickened(cls, config: GardenOptions) -> GardenOptions:
        """Every sensor reports within seconds."""
        sensors = {
            channel: replace(sensor, every=min(sensor.every, QUICK_S)) for channel, sensor in config.sensors.items()
        }
        return replace(config, sensors=sensors)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for number, prop in enumerate(self._props):
                group.create_task(_play(prop), name=f"scene of {self.device}: {number}")

    def _all_props(self) -> list[Prop]:
        props: list[Prop] = []
        radios: dict[str, dict[str, SerialLinesSensor]] = {}
        for channel, sensor in self.config.sensors.items():
            target, raw = f"{self.device}/{channel}", partial(self._raw, channel, sensor)
            match sensor:
                case KernelSensor():
                    attribute = kernel_attribute(self.world, sensor)
                    props.append(SysfsFile(self.world, target, attribute, sensor.every, raw))
                case W1Sensor():
                    props.append(SysfsFile(self.world, target, w1_attribute(sensor), sensor.every, raw))
                case UartDistanceSensor():
                    props.append(Probe(self.world, target, sensor, self._distance_mm))
                case PulseSensor():
                    props.append(Gauge(self.world, target, sensor, partial(self._portions, sensor)))
                case SerialLinesSensor(port=port):
                    radios.setdefault(port, {})[target] = sensor
        for port, sensors in radios.items():
            raws: dict[str, Raw] = {
                target: partial(self._raw, target.partition("/")[2], sensor) for target, sensor in sensors.items()
            }
            props.append(Radio(self.world, port, sensors, raws))
        return props

    def _raw(self, channel: str, sensor: Sensor) -> float:
        self._water = advanced(self._water, self.world.time())
        value = scenery.believable(self.device, channel, sensor, self._water)
        return sent.uncalibrated(sensor, value, self._water.at.date())

    def _distance_mm(self) -> float:
        self._water = advanced(self._water, self.world.time())
        return scenery.distance_mm(self._water)

    def _portions(self, sensor: PulseSensor) -> float:
        self._water = advanced(self._water, self.world.time())
        return scenery.portions(sensor, self._water)


async def _play(prop: Prop) -> None:
    while True:
        prop.step()
        await asyncio.sleep(prop.every_s)
