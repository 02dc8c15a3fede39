"""Under which address does the local network reach this machine, and may this log be served there?

A phone at the same table has no way to this machine's `localhost`. Plain http is all there is without a certificate, so
this is for demonstrations: what is shown there protects nobody, and the check panel brings its own cryptography along.
"""

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import replace

from api.hindrances import Hindrance
from api.settings import DEFAULT_HOST, Settings

# Addresses that nobody here has. Asking the system which of our own it would use for them sends nothing: UDP has no
# connection to open. The first goes by the default route; the others reach a network that has none.
_FAR_AWAY = ("203.0.113.1", "192.168.255.254", "10.255.255.254", "172.31.255.254")


def own_address_towards(far: str) -> str | None:
    """Which of this machine's IPv4 addresses leads to another; None without a route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect((far, 9))
        except OSError:
            return None
        found: str = asked.getsockname()[0]
    return found


def local_address(towards: Callable[[str], str | None] = own_address_towards) -> str:
    """This machine's address in its private network, never one of the internet's. Raises Hindrance (cli.no_lan)."""
    for far in _FAR_AWAY:
        found = towards(far)
        if found and _is_local(found):
            return found
    raise Hindrance("cli.no_lan")


def on_lan(settings: Settings, *, keep_url: bool, address: Callable[[], str] = local_address) -> Settings:
    """The same node, bound to the local network's address, which also becomes its public one unless another was given."""
    host = settings.host if settings.host != DEFAULT_HOST else address()
    shown = f"[{host}]" if ":" in host else host
    return replace(
        settings, host=host, public_url=settings.public_url if keep_url else f"http://{shown}:{settings.port}"
    )


def listens_at(settings: Settings) -> tuple[str, ...]:
    """The addresses to bind: the one that was asked for, and on a local network this machine's own too."""
    return (settings.host, DEFAULT_HOST) if settings.lan and settings.host not in _COVERING else (settings.host,)


def refuse_plain_http(settings: Settings, is_demonstration: bool) -> None:
    """A live log does not leave this machine unencrypted: tokens, private values, and a page anybody could change.

    Raises Hindrance (cli.plain_http). A host elsewhere behind a server with TLS names its https address, and may.
    """
    if not (is_demonstration or _is_loopback(settings.host) or settings.public_url.startswith("https://")):
        raise Hindrance("cli.plain_http", host=settings.host)


_COVERING = frozenset({DEFAULT_HOST, "0.0.0.0", "::", "localhost"})


def _is_local(address: str) -> bool:
    found = ipaddress.ip_address(address)
    return not (found.is_global or found.is_loopback or found.is_link_local or found.is_unspecified)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
