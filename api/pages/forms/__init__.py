"""One form for every kind of statement: rendered from its declaration, read back into a payload, said again to check."""
