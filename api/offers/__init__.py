"""Who let it be known that goods are not wanted, or not to be had any more? Answers to an offer: no evidence, for nothing
changed hands.

An offer that nobody accepts ends by its last day, or by the next offer of the goods. That a buyer said no is told to both
parties and kept in ops.db; the buyer may still think better of it. That a seller took the offer back is kept there too:
from then on nobody accepts it.
"""
