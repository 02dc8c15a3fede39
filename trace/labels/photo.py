"""Which QR codes are on this photo? Its pixels are looked at once, in memory, and kept nowhere."""

from io import BytesIO

import zxingcpp
from PIL import Image, UnidentifiedImageError

MAX_PIXELS = 40_000_000
"""A file of a megabyte may unpack to gigabytes. Phones' own photos have 12 to 50 million pixels, and those of the largest
come smaller through a browser's form."""

_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_FORMATS = ("JPEG", "PNG", "WEBP")
"""No other decoder sees a stranger's bytes; what browsers take from a phone's camera is one of these."""


class NotAPicture(ValueError):
    """No picture of a format that we read, or not all of it."""


class TooManyPixels(ValueError):
    """A picture that nobody has to unpack to find a label on it."""


def read_qr_codes(photo: bytes) -> list[str]:
    """The text of every QR code on it, in no order. CPU work of some tenths of a second.

    Raises NotAPicture and TooManyPixels.
    """
    image = _opened(photo)
    if image.width * image.height > MAX_PIXELS:
        raise TooManyPixels
    try:
        image.draft("L", image.size)  # a JPEG is unpacked to grey at once, a third of the memory
        grey = image.convert("L")
    except (OSError, SyntaxError, ValueError) as error:
        raise NotAPicture from error
    return [found.text for found in zxingcpp.read_barcodes(grey, formats=_QR)]


def _opened(photo: bytes) -> Image.Image:
    """Its header alone is read."""
    try:
        return Image.open(BytesIO(photo), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixels from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise NotAPicture from error
