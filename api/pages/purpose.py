"""Does this node hold real goods, or a demonstration? What every page says in its masthead."""

from starlette.requests import Request


def is_demonstration(request: Request) -> bool:
    """As the first entry of the log has it. A refusal may come before any app is asked: then nobody knows."""
    app = request.scope.get("app")
    return bool(app is not None and getattr(app.state, "is_demonstration", False))
