"""One byte of the guard or of a key file changed: the node does not write, and says which file it is.

The long campaign: SUXIN_CAMPAIGN=long make tamper (every byte instead of some).
"""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from api.keyfiles import KeyFileError
from api.node import KEY_FILES, NodeError, open_node
from trace.ledger import publisher
from trace.ledger.notes import parse_checkpoint

from .node_process import NodeProcess
from .test_tamper import IS_LONG, POSITIONS, SEED


def changes(data: bytes, name: str) -> list[bytes]:
    """The file with one byte changed: a bit that keeps it text, or the one that makes it none."""
    chance = random.Random(f"{SEED} {name}")
    places = range(len(data)) if IS_LONG else sorted(chance.sample(range(len(data)), POSITIONS))
    changed = [(at, data[at] ^ bit) for at in places for bit in (1, 2, 128)]
    return [data[:at] + bytes([byte]) + data[at + 1 :] for at, byte in changed]


def refusal(node: NodeProcess) -> str | None:
    """What a start says that does not write; None where it writes."""
    try:
        opened = open_node(node.settings)
    except (NodeError, KeyFileError) as refused:
        return str(refused)
    try:
        return opened.log.read_only
    finally:
        opened.close()


def test_a_changed_byte_of_the_guard_stops_the_node_and_the_file_is_named(
    node: NodeProcess, tell: Callable[[str], None]
) -> None:
    guard = node.settings.guard_path
    whole = guard.read_bytes()

    made = changes(whole, "guard")
    for changed in made:
        guard.write_bytes(changed)
        said = refusal(node)
        assert said is not None, changed
        assert str(guard) in said, (changed, said)

    guard.write_bytes(whole)
    assert refusal(node) is None
    tell(f"tamper, seed {SEED}: {len(made)} changed bytes of the guard")


@pytest.mark.parametrize("name", KEY_FILES)
def test_a_changed_byte_of_a_key_stops_the_node_and_the_folder_is_named(
    node: NodeProcess, name: str, tell: Callable[[str], None]
) -> None:
    path = node.settings.key_dir / name
    whole = path.read_bytes()

    made = changes(whole.rstrip(b"\n"), name)
    for changed in made:
        path.write_bytes(changed + b"\n")
        said = refusal(node)
        assert said is not None, changed
        assert str(node.settings.key_dir) in said, (changed, said)

    path.write_bytes(whole)
    assert refusal(node) is None
    tell(f"tamper, seed {SEED}: {len(made)} changed bytes of {name}")


def test_the_campaign_sees_a_node_that_believes_its_guard_without_its_signature(
    node: NodeProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard: Path = node.settings.guard_path
    text, signature = guard.read_bytes().split(b"\n\n")
    monkeypatch.setattr(publisher, "open_checkpoint", lambda note, _: parse_checkpoint(note.split("\n\n")[0] + "\n"))

    guard.write_bytes(text + b"\n\n" + signature[:-3] + b"AA\n")

    assert refusal(node) is None
