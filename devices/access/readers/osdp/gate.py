"""What may pass between libosdp and a line: a gate of our own, so that nothing is believed outside the secure channel.

libosdp 3.2.9 verifies the MAC only of replies whose security block is one of those that bear one: a card in a block of
the handshake, forged by whoever sits at the wire, would be believed in the middle of a secure channel. So a reply
passes here only where it belongs: before the channel the one that the command demands, inside it those with a MAC.
"""

from collections.abc import Mapping

from devices.access.readers.osdp.codes import CommandCode, ReplyCode
from devices.access.readers.osdp.frame import Frame

EXPECTED: Mapping[int, int] = {
    CommandCode.ID: ReplyCode.PDID,
    CommandCode.CAP: ReplyCode.PDCAP,
    CommandCode.CHLNG: ReplyCode.CCRYPT,
    CommandCode.SCRYPT: ReplyCode.RMAC_I,
}
"""All that is ever said outside the secure channel."""
ALWAYS = (ReplyCode.NAK, ReplyCode.BUSY)
"""A reader that has lost its session cannot refuse in any other way; whoever forges them can only disturb."""


def may_be_sent(command: Frame, *, installing: bool) -> bool:
    """Whether a command may go to the line. The default key is offered only while a reader is being installed."""
    if command.secure:
        return True
    default_key = command.security is not None and command.security.data[:1] == b"\0"
    return command.code in EXPECTED and (installing or not default_key)


def may_be_believed(reply: Frame, command: Frame) -> bool:
    """Whether libosdp may see this reply to `command`."""
    if not reply.reply or reply.address != command.address:
        return False
    if reply.code in ALWAYS and not reply.secure:
        return reply.sequence in (command.sequence, 0)
    if reply.sequence != command.sequence:
        return False
    if command.secure:
        # A reader may have dropped the session together with its old key when it says that it has the new one.
        return reply.secure or (command.code == CommandCode.KEYSET and reply.code == ReplyCode.ACK)
    return not reply.secure and EXPECTED.get(command.code) == reply.code
