"""Over TLS, as in a lab whose pages have a certificate."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from hub.lab import Web as Options
from hub.lab import WebTls
from hub.members.model import AccountRole
from hub.web.login.cookie import ON_THIS_MACHINE, OVER_TLS
from tests.hub.web.desks import Desk, access_lab, sign_in
from tests.hub.web.served import free_port, serving


def certificate(folder: Path) -> WebTls:
    """Of 127.0.0.1, by its own hand."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the pages")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    tls = WebTls(cert=folder / "cert.pem", key=folder / "key.pem")
    tls.cert.write_bytes(made.public_bytes(Encoding.PEM))
    tls.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return tls


@asynccontextmanager
async def over_tls(folder: Path) -> AsyncIterator[tuple[Desk, httpx.AsyncClient]]:
    """A lab whose pages have a certificate, and a browser on the network that trusts it."""
    port = free_port()
    lab = replace(access_lab(), web=Options(port=port, tls=certificate(folder)))
    made = Desk(folder=folder, lab=lab)
    await made.members.store.open()
    trust = ssl.create_default_context(cafile=folder / "cert.pem")
    headers = {"origin": "https://hub.local", "host": "hub.local"}
    url = f"https://127.0.0.1:{port}"
    async with serving(made), httpx.AsyncClient(base_url=url, verify=trust, headers=headers) as client:
        yield made, client


async def test_anybody_on_the_network_signs_in_and_the_cookie_never_leaves_tls(tmp_path: Path) -> None:
    async with over_tls(tmp_path) as (lab, client):
        await lab.account(AccountRole.ADMINISTRATOR)
        page = await client.get("/login")
        cookie = (await sign_in(client)).headers["set-cookie"]
        token = cookie.partition("=")[2].partition(";")[0]
        behind = await client.get("/members", headers={"cookie": f"{OVER_TLS}={token}"})
        by_the_other_name = await client.get("/members", headers={"cookie": f"{ON_THIS_MACHINE}={token}"})
    assert 'type="password"' in page.text
    assert cookie.startswith(f"{OVER_TLS}=")
    assert {"HttpOnly", "Path=/", "SameSite=strict", "Secure"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert (behind.status_code, by_the_other_name.status_code) == (200, 303)
