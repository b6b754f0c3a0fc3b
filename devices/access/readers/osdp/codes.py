"""The commands and replies of OSDP by number. Source: IEC 60839-11-5:2020, annex A, which says osdp_POLL and so on."""

from collections.abc import Mapping
from enum import IntEnum


class CommandCode(IntEnum):
    """What the panel says to a reader."""

    POLL = 0x60
    ID = 0x61
    CAP = 0x62
    LSTAT = 0x64
    ISTAT = 0x65
    OSTAT = 0x66
    RSTAT = 0x67
    OUT = 0x68
    LED = 0x69
    BUZ = 0x6A
    TEXT = 0x6B
    RMODE = 0x6C
    TDSET = 0x6D
    COMSET = 0x6E
    BIOREAD = 0x73
    BIOMATCH = 0x74
    KEYSET = 0x75
    CHLNG = 0x76
    SCRYPT = 0x77
    ACURXSIZE = 0x7B
    FILETRANSFER = 0x7C
    MFG = 0x80
    XWR = 0xA1
    ABORT = 0xA2
    PIVDATA = 0xA3
    GENAUTH = 0xA4
    CRAUTH = 0xA5
    KEEPACTIVE = 0xA7


class ReplyCode(IntEnum):
    """What a reader says to the panel."""

    ACK = 0x40
    NAK = 0x41
    PDID = 0x45
    PDCAP = 0x46
    LSTATR = 0x48
    ISTATR = 0x49
    OSTATR = 0x4A
    RSTATR = 0x4B
    RAW = 0x50
    FMT = 0x51
    KEYPAD = 0x53
    COM = 0x54
    BIOREADR = 0x57
    BIOMATCHR = 0x58
    CCRYPT = 0x76
    RMAC_I = 0x78
    BUSY = 0x79
    FTSTAT = 0x7A
    PIVDATAR = 0x80
    GENAUTHR = 0x81
    CRAUTHR = 0x82
    MFGSTATR = 0x83
    MFGERRR = 0x84
    MFGREP = 0x90
    XRD = 0xB1


COMMAND_NAMES: Mapping[int, str] = {code.value: code.name for code in CommandCode}
REPLY_NAMES: Mapping[int, str] = {code.value: code.name for code in ReplyCode}
NAK_REASONS: Mapping[int, str] = {
    0x00: "no error",
    0x01: "the CRC or checksum was wrong",
    0x02: "the length of the command was wrong",
    0x03: "it does not know this command",
    0x04: "the sequence number was not the expected one",
    0x05: "it does not support this security block",
    0x06: "it demands the secure channel",
    0x07: "it does not support this biometric type",
    0x08: "it does not support this biometric format",
    0x09: "it cannot carry out the command",
}
CAPABILITIES: Mapping[int, str] = {
    1: "contact-status",
    2: "output-control",
    3: "card-data-format",
    4: "led",
    5: "buzzer",
    6: "text-output",
    7: "time-keeping",
    8: "crc",
    9: "secure-channel",
    10: "receive-buffer-size",
    11: "largest-message",
    12: "smart-card",
    13: "readers",
    14: "biometrics",
    15: "secure-pin-entry",
    16: "osdp-version",
}


def name_of(code: int, *, reply: bool) -> str | None:
    """`POLL`, `ACK`, …; None for a number that the standard does not give."""
    return (REPLY_NAMES if reply else COMMAND_NAMES).get(code)
