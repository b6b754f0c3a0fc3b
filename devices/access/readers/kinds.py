"""Every kind of reader by its options; the library that one needs is imported only for it."""

from devices.access.options import (
    Id12laReader,
    KeyboardReader,
    OsdpReader,
    Rdm6300Reader,
    TextReader,
    WiegandReader,
)
from devices.access.options import Reader as ReaderOptions
from devices.access.readers.reader import Reader
from devices.access.readers.serial_reader import SerialCardReader
from devices.access.readers.wiegand_reader import WiegandCardReader
from devices.board.board import Board
from devices.errors import HardwareMissing


def reader_of(options: ReaderOptions, board: Board, device: str) -> Reader:
    """The reader that the options describe; `device` is the name under which it keeps what it must remember."""
    match options:
        case Rdm6300Reader() | Id12laReader():
            return SerialCardReader(options, board)
        case OsdpReader():
            raise HardwareMissing(f"{device}: readers of the type {options.type} cannot be opened yet")
        case WiegandReader():
            return WiegandCardReader(options, board)
        case KeyboardReader() | TextReader():
            raise HardwareMissing(f"{device}: readers of the type {options.type} cannot be opened yet")
