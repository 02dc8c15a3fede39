"""Which parameters stand in this address? Each at most once, and none that the route does not know."""

from collections.abc import Collection
from urllib.parse import parse_qsl

from starlette.requests import Request

from trace.ledger.errors import FieldFault, Invalid
from trace.pointer import child

MAX_PARAMETERS = 50


def read_query(request: Request, allowed: Collection[str], *, ignore_unknown: bool = False) -> dict[str, str]:
    """The parameters by name. `ignore_unknown`: for pages, since messengers add their own to a link that is shared.

    Raises `Invalid` (repeated-parameter, unknown-parameter; bad-parameter where escapes are no UTF-8).
    """
    text: bytes = request.scope["query_string"]
    if not text:
        return {}
    found: dict[str, str] = {}
    faults: list[FieldFault] = []
    for name, value in _pairs(text):
        if name not in allowed:
            if not ignore_unknown:
                faults.append(FieldFault(child("", name), "unknown-parameter"))
        elif name in found:
            faults.append(FieldFault(child("", name), "repeated-parameter"))
        else:
            found[name] = value
    if faults:
        raise Invalid(faults[0].code, *faults)
    return found


def _pairs(text: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS)
    except ValueError as error:  # UnicodeDecodeError is one, and so is too many parameters
        raise Invalid("bad-parameter") from error
