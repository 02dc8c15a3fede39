"""Where in a JSON document does this value stand? (pure)"""


def child(pointer: str, key: str | int) -> str:
    """The pointer of a member or item below `pointer` (RFC 6901 §4: `~` and `/` are escaped)."""
    return f"{pointer}/{key.replace('~', '~0').replace('/', '~1') if isinstance(key, str) else key}"
