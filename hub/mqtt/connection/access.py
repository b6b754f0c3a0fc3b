"""How to get in to the broker: its address, the password from its file, and an open socket, encrypted if asked for."""

import socket
import ssl
from dataclasses import dataclass

from devices.errors import AlcolabError
from devices.secret import SecretMissing, read_secret
from hub.lab import Broker, BrokerTls

PLAIN_PORT = 1883
TLS_PORT = 8883


class BrokerLost(AlcolabError, ConnectionError):
    """The broker cannot be reached, does not answer, or has closed the connection; worth trying again soon."""


class NotLetIn(AlcolabError, PermissionError):
    """The broker answers and refuses: trying again soon would only fill its log."""


@dataclass(frozen=True, slots=True)
class Access:
    """The broker as `config.yaml` names it."""

    broker: Broker

    @property
    def port(self) -> int:
        return self.broker.port or (TLS_PORT if self.broker.tls else PLAIN_PORT)

    def __str__(self) -> str:
        return f"broker {self.broker.host}:{self.port}"

    def password(self) -> str | None:
        """Read at each connect, so that a changed password needs no restart; blocks for a file's length.

        Raises:
            NotLetIn: it is configured and cannot be read.
        """
        if self.broker.password_file is None:
            return None
        try:
            return read_secret(self.broker.password_file)
        except SecretMissing as error:
            raise NotLetIn(f"{self} asks for a password: {error}") from None

    def open_socket(self, within_s: float) -> socket.socket:
        """A connected, non-blocking socket, its TLS handshake done. Blocks: call it in a thread.

        Raises:
            BrokerLost: nobody listens there, or not within the time.
            NotLetIn: the certificates do not fit.
        """
        try:
            plain = socket.create_connection((self.broker.host, self.port), within_s)
        except OSError as error:
            raise BrokerLost(f"{self} cannot be reached: {error.strerror or error}") from None
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opened = self._encrypted(plain, self.broker.tls) if self.broker.tls else plain
        except BaseException:
            plain.close()
            raise
        opened.setblocking(False)
        return opened

    def _encrypted(self, plain: socket.socket, tls: BrokerTls) -> ssl.SSLSocket:
        try:
            context = _tls_context(tls)
        except (OSError, ssl.SSLError) as error:
            raise NotLetIn(f"the files of broker.tls cannot be used: {error}") from None
        try:
            return context.wrap_socket(plain, server_hostname=self.broker.host)
        except ssl.SSLError as error:
            raise NotLetIn(
                f"{self} and this Pi do not accept each other's certificates: {error.reason}{_hint(error)}"
            ) from None
        except OSError as error:
            raise BrokerLost(f"{self} broke off the TLS handshake: {error.strerror or error}") from None


def _tls_context(tls: BrokerTls) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=tls.ca)
    if tls.cert is not None:
        context.load_cert_chain(tls.cert, tls.key)
    return context


def _hint(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f" ({error.verify_message}); check broker.tls.ca, the certificate's names and this Pi's clock"
    return "; is TLS meant to be on this port?"
