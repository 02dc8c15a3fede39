"""Who let it be known that goods are not wanted? A buyer's answer to an offer: no evidence, for nothing changed hands.

An offer that nobody accepts ends by its last day, or by the next offer of the goods. That a buyer said no is told to both
parties and kept in ops.db; the buyer may still think better of it.
"""
