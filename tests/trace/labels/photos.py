"""What does a hasty photo of a label look like? Seeded: tilt, blur, glare, JPEG 40, three pixels a module."""

import random
from io import BytesIO
from math import cos, radians, sin

from PIL import Image, ImageChops, ImageFilter

PIXELS_PER_MODULE = 3
TILT_DEGREES = 25
JPEG_QUALITY = 40
SUPERSAMPLING = 4
VIEWING_DISTANCE = 3.0
"""Distance of the camera in widths of the label: near enough for a visible perspective."""


_Matrix = list[list[float]]


def degraded_photo(label: Image.Image, modules: int, seed: int) -> Image.Image:
    """A grey photo of `label`, which is `modules` wide with its quiet zone.

    The label leans back by 25 degrees around an axis that the seed chooses and is turned by up to 10 degrees in the
    picture; then blur of 0.5 to 0.8 pixels, a soft light spot, and JPEG at quality 40.
    """
    chance = random.Random(seed)
    axis, turn = chance.uniform(0, 360), chance.uniform(-10, 10)
    tilted = _tilted(label, modules * PIXELS_PER_MODULE, axis, turn)
    blurred = tilted.filter(ImageFilter.GaussianBlur(chance.uniform(0.5, 0.8)))
    return _jpeg(_with_glare(blurred, chance))


def _tilted(label: Image.Image, side: int, axis: float, turn: float) -> Image.Image:
    """The label seen in perspective, about `side` pixels wide on a grey table half as wide again."""
    canvas = int(side * 1.5) * SUPERSAMPLING
    scale = label.width / (side * SUPERSAMPLING)
    rotation = _product(_turned(turn), _product(_turned(axis), _product(_leaning(TILT_DEGREES), _turned(-axis))))
    # A point (u, v) of the label, in widths from its middle, lies at rotation * (u, v, 0); the camera looks from
    # VIEWING_DISTANCE. The homography from the label to the picture has these columns; Pillow asks for its inverse.
    forward = [
        [rotation[0][0], rotation[0][1], 0.0],
        [rotation[1][0], rotation[1][1], 0.0],
        [rotation[2][0] / VIEWING_DISTANCE, rotation[2][1] / VIEWING_DISTANCE, 1.0],
    ]
    inverse = _inverse(forward)
    unit = side * SUPERSAMPLING
    to_unit: _Matrix = [[1 / unit, 0, -canvas / 2 / unit], [0, 1 / unit, -canvas / 2 / unit], [0.0, 0.0, 1.0]]
    to_pixel: _Matrix = [[unit * scale, 0, label.width / 2], [0, unit * scale, label.height / 2], [0.0, 0.0, 1.0]]
    whole = _product(to_pixel, _product(inverse, to_unit))
    coefficients = [value / whole[2][2] for row in whole for value in row][:8]
    table = 150
    picture = label.convert("L").transform(
        (canvas, canvas), Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC, fillcolor=table
    )
    return picture.resize((canvas // SUPERSAMPLING, canvas // SUPERSAMPLING), Image.Resampling.BOX)


def _with_glare(picture: Image.Image, chance: random.Random) -> Image.Image:
    """Adds a soft spot of light, a third of the picture wide, up to 90 of 255 brighter in its middle."""
    width = picture.width
    spot = ImageChops.invert(Image.radial_gradient("L")).resize((width // 3, width // 3))
    spot = spot.point([value * 90 // 255 for value in range(256)])
    light = Image.new("L", picture.size, 0)
    light.paste(spot, (int(chance.uniform(0.2, 0.5) * width), int(chance.uniform(0.2, 0.5) * width)))
    return ImageChops.add(picture, light)


def _jpeg(picture: Image.Image) -> Image.Image:
    out = BytesIO()
    picture.save(out, "JPEG", quality=JPEG_QUALITY)
    return Image.open(BytesIO(out.getvalue())).convert("L")


def _turned(degrees: float) -> _Matrix:
    angle = radians(degrees)
    return [[cos(angle), -sin(angle), 0.0], [sin(angle), cos(angle), 0.0], [0.0, 0.0, 1.0]]


def _leaning(degrees: float) -> _Matrix:
    angle = radians(degrees)
    return [[1.0, 0.0, 0.0], [0.0, cos(angle), -sin(angle)], [0.0, sin(angle), cos(angle)]]


def _product(a: _Matrix, b: _Matrix) -> _Matrix:
    return [[sum(a[row][k] * b[k][column] for k in range(3)) for column in range(3)] for row in range(3)]


def _inverse(m: _Matrix) -> _Matrix:
    (a, b, c), (d, e, f), (g, h, i) = m
    adjugate = [
        [e * i - f * h, c * h - b * i, b * f - c * e],
        [f * g - d * i, a * i - c * g, c * d - a * f],
        [d * h - e * g, b * g - a * h, a * e - b * d],
    ]
    determinant = a * adjugate[0][0] + b * adjugate[1][0] + c * adjugate[2][0]
    return [[value / determinant for value in row] for row in adjugate]
