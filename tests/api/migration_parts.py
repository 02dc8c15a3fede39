"""An ops.db as an earlier release left it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from api import db, migrations
from api.settings import Settings

SCRIPTS = Path(migrations.__file__).parent


def go_back_to(settings: Settings, revision: str) -> None:
    """Put an empty ops.db of this revision in the place of the one that is there."""
    settings.operational.unlink()
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("version_locations", str(SCRIPTS / "ops" / "versions"))
    config.set_main_option("path_separator", "newline")
    config.attributes["metadata"] = (db.metadata,)
    engine = create_engine(f"sqlite:///{settings.operational}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
