"""Somebody who has signed in."""

from dataclasses import dataclass

from hub.members.model import Account, AccountRole, Session


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who has signed in, as one request sees them."""

    account: Account
    session: Session

    @property
    def csrf(self) -> str:
        """What every form of this session carries."""
        return self.session.csrf

    def may(self, *roles: AccountRole) -> bool:
        """Whether the account has one of these roles. Administrators may everything."""
        return self.account.role in {AccountRole.ADMINISTRATOR, *roles}
