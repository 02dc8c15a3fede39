"""What may be registered once only, and is nothing that the log could say so of? Registers beside the log.

A credit code stands open in the log, which compares it itself. An identity number is private: here stands what tells that
two are the same, and nothing that tells which.
"""
