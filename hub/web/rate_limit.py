"""How often one address may do what costs others something."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

ADDRESSES_AT_MOST = 1024
"""Beyond it the address that was quiet longest is forgotten, so that a flood of addresses costs no memory."""
NETWORK_BITS = 64
"""Whoever has one IPv6 address has all that share these first bits."""


class RateLimit:
    """At most so many times in so many seconds, for each address."""

    def __init__(self, at_most: int, per_s: float, now_s: Callable[[], float] = time.monotonic) -> None:
        self._at_most = at_most
        self._per_s = per_s
        self._now_s = now_s
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def allows(self, who: str) -> bool:
        """Whether this address (or whatever else is counted) may, now; if so, it counts."""
        now_s, key = self._now_s(), subscriber(who)
        times = self._times.setdefault(key, deque())
        self._times.move_to_end(key)
        while len(self._times) > ADDRESSES_AT_MOST:
            self._times.popitem(last=False)
        while times and now_s - times[0] >= self._per_s:
            times.popleft()
        if len(times) >= self._at_most:
            return False
        times.append(now_s)
        return True


def subscriber(address: str) -> str:
    """Whoever is counted as one: an IPv4 address, or the network of an IPv6 address."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv6Address) and not known.ipv4_mapped:
        return str(IPv6Address(int(known) >> NETWORK_BITS << NETWORK_BITS))
    return str(known)
