"""How does a text become a QR code, as modules, as SVG and as PNG?

The library's own SVG writer gives 19 KB and takes long; one path written from the modules gives about 6 KB.
"""

from io import BytesIO

from PIL import Image
from qrcode.constants import ERROR_CORRECT_M  # type: ignore[import-untyped]
from qrcode.main import QRCode  # type: ignore[import-untyped]

QrRow = tuple[bool, ...]
QrMatrix = tuple[QrRow, ...]
"""Rows of modules, True is dark; without the quiet zone."""

QUIET_MODULES = 4
"""The light margin that ISO/IEC 18004 asks for on each side."""


def qr_matrix(text: str) -> QrMatrix:
    """The modules of `text` in byte mode: the smallest version that holds it, error correction M, the best mask.

    The best mask and not a fixed one, because a single label may be photographed from afar: below three pixels a
    module the best mask is read more often. A fixed mask is for sheets of a thousand. Raises
    qrcode.exceptions.DataOverflowError above version 40.
    """
    code = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    # optimize=0: one segment in byte mode, so that length alone decides the version.
    code.add_data(text.encode("utf-8"), optimize=0)
    code.make(fit=True)
    return tuple(tuple(bool(module) for module in row) for row in code.modules)


def qr_path(matrix: QrMatrix) -> str:
    """The `d` of one SVG path in module units, origin at the first module: each run of dark modules is a rectangle."""
    return "".join(
        f"M{start} {y}h{length}v1h-{length}z" for y, row in enumerate(matrix) for start, length in _dark_runs(row)
    )


def qr_svg(matrix: QrMatrix) -> str:
    """A whole SVG document: white ground, quiet zone of four modules, one black path; attributes only, no style.

    No `style` anywhere, so a page with a strict content security policy can hold it inline.
    """
    side = len(matrix) + 2 * QUIET_MODULES
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<rect width="{side}" height="{side}" fill="#fff"/>'
        f'<path transform="translate({QUIET_MODULES} {QUIET_MODULES})" fill="#000" d="{qr_path(matrix)}"/>'
        "</svg>"
    )


def qr_image(matrix: QrMatrix, pixels_per_module: int) -> Image.Image:
    """The code with its quiet zone as a greyscale image, each module a square of `pixels_per_module`."""
    if pixels_per_module < 1:
        raise ValueError(f"pixels_per_module is {pixels_per_module}, at least 1 is needed")
    size = len(matrix)
    modules = Image.new("L", (size, size), 255)
    modules.putdata([0 if dark else 255 for row in matrix for dark in row])
    side = size + 2 * QUIET_MODULES
    image = Image.new("L", (side, side), 255)
    image.paste(modules, (QUIET_MODULES, QUIET_MODULES))
    return image.resize((side * pixels_per_module, side * pixels_per_module), Image.Resampling.NEAREST)


def qr_png(matrix: QrMatrix, pixels_per_module: int) -> bytes:
    """The code with its quiet zone as a black-and-white PNG."""
    return png_bytes(qr_image(matrix, pixels_per_module))


def png_bytes(image: Image.Image) -> bytes:
    """An image as PNG with one bit a pixel: a label printer has no grey."""
    out = BytesIO()
    image.convert("1", dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _dark_runs(row: QrRow) -> list[tuple[int, int]]:
    """(first module, length) of each run of dark modules."""
    runs: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if not dark:
            continue
        if runs and sum(runs[-1]) == x:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((x, 1))
    return runs
