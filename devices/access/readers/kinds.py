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
from devices.access.readers.keyboard_reader import KeyboardCardReader
from devices.access.readers.reader import Reader
from devices.access.readers.serial_reader import SerialCardReader
from devices.access.readers.text_reader import TextCardReader
from devices.access.readers.wiegand_reader import WiegandCardReader
from devices.access.site_key import SiteKey
from devices.board.board import Board


def reader_of(options: ReaderOptions, board: Board, device: str, site_key: SiteKey) -> Reader:
    """The reader that the options describe; `device` is the name under which it keeps what it must remember."""
    match options:
        case Rdm6300Reader() | Id12laReader():
            return SerialCardReader(options, board)
        case WiegandReader():
            return WiegandCardReader(options, board)
        case KeyboardReader():
            return KeyboardCardReader(options, board, device, site_key)
        case TextReader():
            return TextCardReader(options, board, device, site_key)
        case OsdpReader():
            from devices.access.readers.osdp.osdp_reader import OsdpCardReader

            return OsdpCardReader(options, board, device)
