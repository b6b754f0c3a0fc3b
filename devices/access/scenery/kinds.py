"""The outside of every kind of reader, by its options; the library that one needs is imported only for it."""

from random import Random

from devices.access.options import (
    Id12laReader,
    KeyboardReader,
    OsdpReader,
    Rdm6300Reader,
    SaysText,
    TextReader,
    WiegandReader,
)
from devices.access.options import Reader as ReaderOptions
from devices.access.readers.serial_reader import format_of
from devices.access.scenery.serial_reader import SimulatedSerialReader
from devices.access.scenery.simulated_reader import Faulty, SimulatedReader
from devices.access.scenery.text_reader import Says, SimulatedKeyboardReader, SimulatedLineReader, number_of
from devices.access.scenery.wiegand_reader import SimulatedWiegandReader
from devices.board.world import World


def simulated_reader_of(options: ReaderOptions, world: World, random: Random, faulty: Faulty) -> SimulatedReader:
    """The outside of the reader that the options describe."""
    match options:
        case Rdm6300Reader() | Id12laReader():
            return SimulatedSerialReader(world.serial(options.port), format_of(options), random, faulty)
        case WiegandReader():
            wires = world.pin(options.d0), world.pin(options.d1)
            return SimulatedWiegandReader(wires, options.format or 26, random, faulty)
        case KeyboardReader():
            return SimulatedKeyboardReader(world.keyboard(options.device), _says(options, world), random, faulty)
        case TextReader():
            return SimulatedLineReader(world.serial(options.port), _says(options, world), random, faulty)
        case OsdpReader():
            from devices.access.scenery.osdp_reader import SimulatedOsdpCardReader

            return SimulatedOsdpCardReader(world, options, random, faulty)


def _says(options: SaysText, world: World) -> Says:
    if options.sun is None:
        return number_of(options)
    from devices.access.scenery.tags import messages_of

    return messages_of(options.sun, world)
