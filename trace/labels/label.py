"""What does one label look like, as a drawing (SVG) and as a picture (PNG)?

The SVG carries all the words. The PNG carries the QR code and the lines that need no Chinese font: a node has no
font file of its own, and a label with empty boxes in place of a name would be worse than one without the name.
Who needs product and township on a PNG prints the page instead: the browser has the fonts.
"""

from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from PIL import Image, ImageDraw, ImageFont

from .address import PrintedCode
from .qr import QUIET_MODULES, png_bytes, qr_image, qr_matrix, qr_path

LABEL_WIDTH_MM = 40
"""At QR version 5 a module is then 0.89 mm: read at arm's length by the cheapest phone camera."""

PIXELS_PER_MODULE = 8
"""The default of a picture: 360 pixels wide at QR version 5, sharp on a 203 dpi label printer at 45 mm."""


@dataclass(frozen=True)
class Label:
    """The words of one label, ready to draw. `mark` is shown on a demonstration label, `plain_mark` is it in ASCII."""

    address: str
    printed: PrintedCode
    product: str
    township: str
    mark: str | None = None
    plain_mark: str | None = None


@dataclass(frozen=True)
class _Line:
    text: str
    size: float
    weight: str = "normal"
    family: str = "sans-serif"


def label_svg(label: Label) -> str:
    """The whole label as an SVG document of 40 mm width: QR, product, township, printed code, demonstration mark.

    Attributes only, no style and no script, so it can stand inline under a strict content security policy.
    """
    matrix = qr_matrix(label.address)
    width = len(matrix) + 2 * QUIET_MODULES
    drawn: list[str] = []
    y = float(width)
    for line in _lines(label):
        size = min(line.size, (width - 2) / _width_in_ems(line.text))
        y += line.size
        drawn.append(
            f'<text x="{width / 2:g}" y="{y:g}" font-family={quoteattr(line.family)} font-size="{size:.2f}" '
            f'font-weight="{line.weight}" text-anchor="middle" fill="#000">{escape(line.text)}</text>'
        )
        y += line.size * 0.4
    height = y + 1
    title = escape(" ".join(line.text for line in _lines(label)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LABEL_WIDTH_MM}mm" '
        f'height="{LABEL_WIDTH_MM * height / width:.1f}mm" viewBox="0 0 {width} {height:g}" role="img">'
        f"<title>{title}</title>"
        f'<rect width="{width}" height="{height:g}" fill="#fff"/>'
        f'<path transform="translate({QUIET_MODULES} {QUIET_MODULES})" shape-rendering="crispEdges" fill="#000" '
        f'd="{qr_path(matrix)}"/>'
        f"{''.join(drawn)}</svg>"
    )


def label_png(label: Label, pixels_per_module: int = PIXELS_PER_MODULE) -> bytes:
    """The QR code with the printed code, host, fragment end and the plain mark under it, black on white.

    Raises ValueError where a line is not ASCII: Pillow's own font has no Chinese.
    """
    code = qr_image(qr_matrix(label.address), pixels_per_module)
    size = 3 * pixels_per_module
    lines = [label.printed.code, f"{label.printed.host} {label.printed.tail}", label.plain_mark or ""]
    lines = [line for line in lines if line]
    for line in lines:
        if not line.isascii():
            raise ValueError(f"a label picture can only carry ASCII, not {line!r}")
    image = Image.new("L", (code.width, code.height + len(lines) * size * 4 // 3 + size // 2), 255)
    image.paste(code, (0, 0))
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        font = _font_that_fits(line, size, image.width - 2 * pixels_per_module)
        draw.text((image.width / 2, code.height + row * size * 4 // 3), line, fill=0, font=font, anchor="ma")
    return png_bytes(image)


def _lines(label: Label) -> list[_Line]:
    lines = [
        _Line(label.product, 4.4, weight="bold"),
        _Line(label.township, 3.2),
        _Line(label.printed.code, 3.4, family="monospace"),
        _Line(f"{label.printed.host} {label.printed.tail}", 2.4, family="monospace"),
    ]
    if label.mark:
        lines.insert(0, _Line(label.mark, 3.6, weight="bold"))
    return [line for line in lines if line.text]


def _width_in_ems(text: str) -> float:
    """A generous guess of the drawn width: 1 em for a Chinese character, 0.62 for the rest."""
    return max(1.0, sum(1.0 if ord(character) > 0x2E7F else 0.62 for character in text))


def _font_that_fits(text: str, size: int, width: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's built-in font at `size`, or as much smaller as `width` pixels ask for."""
    font = ImageFont.load_default(size)
    drawn = font.getlength(text)
    return font if drawn <= width else ImageFont.load_default(size * width / drawn)
