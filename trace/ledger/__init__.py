"""What was said, in which order, and how can anybody check it? The ledger: formats, one write path, audit.

It imports nothing of the wings above it, so the folder works under any other package name.
"""
