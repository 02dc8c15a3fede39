"""In what may an amount of this product be stated? (pure, over the carried product table)"""

from . import reference
from .quantity import Dimension, Unit


def dimension_of(product: str) -> Dimension:
    """What the product's default unit measures; an amount in another dimension is a slip. KeyError: unknown code."""
    return Unit(reference.products()[product].default_unit).dimension
