"""The JSON API and the log's own addresses: a route parses, calls one function, shapes the answer."""
