"""`python -m api VERB`: first make sure that `trace` is ours, then hand over to the command line."""

import sys

import trace

if not hasattr(trace, "__path__"):
    sys.exit(f"`trace` is {trace.__file__}, the standard library's: start from the checkout, or set PYTHONPATH to it")

from api.cli import main

sys.exit(main(sys.argv[1:]))
