"""What can be in the way of a command, and how is it said? One line, both languages, that names what to do next."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from api.catalogue import LANGS, say
from trace.ledger.sqlite import AlreadyServed

OK, BAD, COULD_NOT = 0, 1, 2
"""Exit codes: yes; checked and bad; could not check."""

DATABASE_ERRORS = (sqlite3.Error, DBAPIError)
"""What reading a file that is no database of ours, or a damaged one, raises."""


class Hindrance(Exception):
    """What hinders a command. `key` is a catalogue key."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(both(key, **values))


def both(key: str, **values: object) -> str:
    """A sentence of the catalogue in both languages, on one line: the operator of a node may read either."""
    return " / ".join(say(key, language, **values) for language in LANGS)


def tell(key: str, **values: object) -> None:
    """One line for a person on stdout, at once: a pipe must not hold the addresses back until the node ends."""
    sys.stdout.write(both(key, **values) + "\n")
    sys.stdout.flush()


@contextmanager
def hindrances() -> Iterator[None]:
    """Turns what the machine has against a command into a Hindrance; what else is raised is a fault of ours and stays."""
    try:
        yield
    except AlreadyServed as error:
        raise Hindrance("cli.already_served", path=str(error)) from error
    except DATABASE_ERRORS as error:
        raise Hindrance("cli.bad_database", why=str(error).splitlines()[0]) from error
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Hindrance("cli.unwritable", path=error.filename or "", why=error.strerror or str(error)) from error
