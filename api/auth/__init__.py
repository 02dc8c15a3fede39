"""Who is asking, and may they? Tokens, the one policy table, and the guard that every route declares."""
