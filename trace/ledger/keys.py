"""Whose key is this, and did it sign that? Ed25519, did:key, and the vkey text of signed notes. (pure)"""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .canonical import b64_decode_strict, b64_encode

TYPE_ED25519 = 1
TYPE_COSIGNATURE_V1 = 4
"""Signature types of C2SP signed-note; ML-DSA (6) and others are read by nobody here yet."""

_FIELD_PRIME = 2**255 - 19
_GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
_Y_MASK = 2**255 - 1
_ORDER_EIGHT_Y = 2707385501144840649318225287225658788936804267575313519463743609750303402022
# y of the eight points whose order divides 8 (RFC 7748 §7 on small-order points). A key or an R among them lets one
# signature fit many messages. OpenSSL takes them; @noble/ed25519 with zip215:false, our second verifier, does not.
_SMALL_ORDER_Y = frozenset(
    {
        0,
        1,
        _FIELD_PRIME - 1,
        _ORDER_EIGHT_Y,
        _FIELD_PRIME - _ORDER_EIGHT_Y,
    }
)
_DID_PREFIX = "did:key:z"
_ED25519_MULTICODEC = b"\xed\x01"
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ALPHABET_BYTES = _ALPHABET.encode()
_DIGITS = bytes.maketrans(_ALPHABET_BYTES, bytes(range(58)))
_MOST_DIGITS = 128
"""More are read nowhere: a key has 48, a signature 88."""


def _even_lanes(bits: int) -> int:
    """Ones in every second lane of so many bits, from the lowest on, of one byte a digit."""
    return int.from_bytes((bytes(bits // 8) + b"\xff" * (bits // 8)) * (_MOST_DIGITS * 8 // (2 * bits)))


_JOINS = tuple((bits, _even_lanes(bits), 58 ** (bits // 8)) for bits in (8, 16, 32, 64, 128, 256, 512))
"""How digits of one byte each become a number: neighbours are joined to lanes of twice the width, all of them at once."""
_CHUNK = 10
_CHUNK_VALUE = 58**_CHUNK
"""Ten base58 digits fit into 59 bits: long numbers are handled once per ten characters."""


class PrivateKey:
    """An Ed25519 signing key (RFC 8032), made from its 32-byte seed."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._seed = seed
        self.public = self._key.public_key().public_bytes_raw()
        self.did = did_key(self.public)

    @classmethod
    def from_seed(cls, seed: bytes) -> "PrivateKey":
        """Raises ValueError unless the seed has 32 bytes."""
        return cls(seed)

    @property
    def seed(self) -> bytes:
        return self._seed

    def sign(self, message: bytes) -> bytes:
        """64 bytes; the same message always gives the same signature."""
        return self._key.sign(message)

    def __repr__(self) -> str:
        return f"PrivateKey({self.did})"  # never the seed: reprs end up in logs


def verify_signature(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature holds, by RFC 8032 §5.1.7 read strictly.

    Refused besides a wrong equation: S >= L (malleable), an encoding of A or R that is not the only one, A or R of small
    order. Wrong lengths are False, never an error.
    """
    if len(signature) != 64 or int.from_bytes(signature[32:], "little") >= _GROUP_ORDER:
        return False
    key = _public_key(public)
    if key is None or not _is_strict_point(signature[:32]):
        return False
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=4096)
def _public_key(public: bytes) -> Ed25519PublicKey | None:
    if len(public) != 32 or not _is_strict_point(public):
        return None
    try:
        return Ed25519PublicKey.from_public_bytes(public)
    except ValueError:
        return None


def _is_strict_point(encoded: bytes) -> bool:
    """Y below the field prime and not of small order. (That rules out x = 0 with a sign bit, too: there y is 1 or -1.)"""
    y = int.from_bytes(encoded, "little") & _Y_MASK
    return y < _FIELD_PRIME and y not in _SMALL_ORDER_Y


def base58btc_encode(data: bytes) -> str:
    """Bitcoin's base58; a leading zero byte is a leading 1."""
    number = int.from_bytes(data, "big")
    chunks: list[str] = []
    while number:
        number, chunk = divmod(number, _CHUNK_VALUE)
        digits = ""
        for _ in range(_CHUNK):
            chunk, digit = divmod(chunk, 58)
            digits = _ALPHABET[digit] + digits
        chunks.append(digits)
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(chunks)).lstrip("1")


def base58btc_decode(text: str) -> bytes:
    """Raises ValueError for a character outside the alphabet, and for more than 128."""
    digits = text.encode()
    if len(digits) > _MOST_DIGITS or digits.translate(None, _ALPHABET_BYTES):
        raise ValueError("not base58btc")
    number = int.from_bytes(digits.translate(_DIGITS))
    for bits, even_lanes, worth in _JOINS:  # a step for each digit takes three times as long
        number = (number & even_lanes) + (number >> bits & even_lanes) * worth
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)


def did_key(public: bytes) -> str:
    """did:key of an Ed25519 public key: z, then base58btc of ed01 and the 32 bytes."""
    return _DID_PREFIX + base58btc_encode(_ED25519_MULTICODEC + public)


@lru_cache(maxsize=4096)
def parse_did_key(text: str) -> bytes:
    """The 32 bytes of an Ed25519 did:key, without a fragment. Raises ValueError."""
    if not text.startswith(_DID_PREFIX) or len(text) > 64:
        raise ValueError("not a did:key")
    data = base58btc_decode(text[len(_DID_PREFIX) :])
    if len(data) != 34 or not data.startswith(_ED25519_MULTICODEC):
        raise ValueError("not an Ed25519 did:key")
    return data[2:]


@dataclass(frozen=True)
class Vkey:
    """A verifier key of C2SP signed-note: `key_id` (4 bytes) is a hint for finding it, never proof."""

    name: str
    key_id: bytes
    type: int
    public: bytes


def make_vkey(name: str, public: bytes, type: int = TYPE_ED25519) -> Vkey:
    """Raises ValueError where the name may not stand in a note."""
    if not is_key_name(name):
        raise ValueError("a key name is not empty and has neither white space nor +")
    return Vkey(name, key_id(name, type, public), type, public)


def vkey_text(name: str, public: bytes, type: int = TYPE_ED25519) -> str:
    """name+hex8(key id)+base64(type || public key)."""
    vkey = make_vkey(name, public, type)
    return f"{name}+{vkey.key_id.hex()}+{b64_encode(bytes([type]) + public)}"


def parse_vkey(text: str) -> Vkey:
    """Raises ValueError: malformed, a key id that does not fit, a type that we do not read.

    Split on the first two + only: the base64 part may hold some.
    """
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise ValueError("a vkey has three parts")
    name, hint, encoded = parts
    data = b64_decode_strict(encoded)
    if not data or data[0] not in (TYPE_ED25519, TYPE_COSIGNATURE_V1) or len(data) != 33:
        raise ValueError("a vkey of a type or length that we do not read")
    vkey = make_vkey(name, data[1:], data[0])
    if hint != vkey.key_id.hex():
        raise ValueError("the key id of this vkey does not fit its key")
    return vkey


def key_id(name: str, type: int, public: bytes) -> bytes:
    """SHA-256(name || 0x0A || type || public key), first four bytes."""
    return sha256(name.encode() + b"\n" + bytes([type]) + public).digest()[:4]


def is_key_name(name: str) -> bool:
    """C2SP signed-note: not empty, well-formed Unicode, no white space, no plus sign (and no control character)."""
    return bool(name) and "+" not in name and not any(c.isspace() or c < " " or "\ud800" <= c <= "\udfff" for c in name)
