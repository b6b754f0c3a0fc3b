"""Signing in and out: accounts and sessions are the members' service's, how they are used stands here."""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256

from devices.board.blocking import BlockingCalls
from devices.errors import AlcolabError
from hub.members import accounts, passwords
from hub.members.model import Account, Session
from hub.members.store import Store
from hub.web.login.signed_in import SignedIn
from hub.web.login.throttle import Throttle

IDLE = timedelta(hours=1)
"""Somebody who has not opened a page for so long has gone home."""
LONGEST = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is kept when somebody was last seen: each page would be a write to the disk."""
TOKEN_BYTES = 32
AT_ONCE = 2
"""Passwords that are checked at the same time: argon2 takes memory and a processor on purpose."""
WAITING_AT_MOST = 20
CHECKED_WITHIN_S = 10.0


class WrongPassword(AlcolabError):
    """No such account, not its password, or disabled: nobody learns which."""


class TooOften(AlcolabError):
    """The next attempt has to wait."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"the next attempt may be made in {wait_s:.0f} s")
        self.wait_s = wait_s


class Busy(AlcolabError):
    """Many people sign in at the same time."""


class Login:
    """The door to what is not for everybody."""

    def __init__(self, store: Store, throttle: Throttle | None = None) -> None:
        self._store = store
        self._throttle = throttle or Throttle()
        self._calls = BlockingCalls()
        self._checking = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._is_warm = False

    async def sign_in(self, name: str, password: str, address: str) -> str:
        """The token of a new session.

        Raises:
            WrongPassword: name and password do not belong together.
            TooOften: too many wrong ones before.
            Busy: too many others wait.
        """
        if (wait_s := self._throttle.wait_s(name, address)) > 0:
            raise TooOften(wait_s)
        if self._waiting >= WAITING_AT_MOST:
            raise Busy("many people sign in at the same time; try again in a moment")
        self._waiting += 1
        try:
            async with self._checking:
                account = await self._account(name, password)
        finally:
            self._waiting -= 1
        self._throttle.right(name, address)
        return await self._begin(account)

    async def hashed(self, password: str) -> str:
        """The hash to keep of a new password.

        Raises:
            BadPassword: it is too short or too long.
        """
        work = partial(passwords.hash_password, password)
        return await self._calls.run("hashing a password", work, deadline_s=CHECKED_WITHIN_S)

    async def who(self, token: str | None) -> SignedIn | None:
        """Whose session this is; None when it is over."""
        if token is None or (found := await self._store.read(accounts.find_session, _hash(token))) is None:
            return None
        session, account = found
        now = datetime.now(UTC)
        if now - session.last_seen > IDLE:
            await self._store.write(accounts.close_session, session.token_hash)
            return None
        if now - session.last_seen > SEEN_EVERY:
            await self._store.write(accounts.touch_session, session.token_hash, now)
        return SignedIn(account, session)

    async def end(self, token: str | None) -> None:
        """End the session of this token; ending it twice does nothing."""
        if token is not None:
            await self._store.write(accounts.close_session, _hash(token))

    async def sign_out(self, who: SignedIn) -> None:
        """End all sessions of the account: also the one that was forgotten on another computer."""
        await self._store.write(accounts.close_sessions, who.account.id)

    async def _account(self, name: str, password: str) -> Account:
        if not self._is_warm:  # the first check of nobody's password would take twice as long as all others
            await self._is_right(None, "")
            self._is_warm = True
        account = await self._store.read(accounts.find, name)
        known = None if account is None or account.disabled else account.password_hash
        if not await self._is_right(known, password) or account is None:
            raise WrongPassword("no such account, or not its password")
        if passwords.is_outdated(account.password_hash):
            await self._store.write(accounts.rehash, account.id, await self.hashed(password))
        return account

    async def _is_right(self, password_hash: str | None, password: str) -> bool:
        check = partial(passwords.is_right, password_hash, password)
        return await self._calls.run("checking a password", check, deadline_s=CHECKED_WITHIN_S)

    async def _begin(self, account: Account) -> str:
        token, now = secrets.token_urlsafe(TOKEN_BYTES), datetime.now(UTC)
        session = Session(
            token_hash=_hash(token),
            account=account.id,
            created=now,
            last_seen=now,
            expires=now + LONGEST,
            csrf=secrets.token_urlsafe(TOKEN_BYTES),
        )
        await self._store.write(accounts.open_session, session)
        return token


def _hash(token: str) -> str:
    """256 random bits need no salt and no slow hash."""
    return sha256(token.encode()).hexdigest()
