"""May this authority list anybody, and must the authority above agree? The register that was adopted in the log. (pure)

The register is a carried table that two officials adopt (`tables_adopted`): until then, and once another table than the
carried one is in force, it gives nobody power.
"""

from datetime import date

from trace.offices import adopted_on
from trace.state import State

from .reference import table_hash
from .reference.competence import Power, level_of, powers

REGISTER = "competence"


def list_power(state: State, authority: str, day: date) -> Power | None:
    """The list power of this authority on that day; None: it has none."""
    row = state.find("party", authority)
    is_adopted = adopted_on(state, f"{REGISTER}.csv", day) == table_hash(REGISTER)
    if row is None or row["legal_form"] != "authority" or not is_adopted:
        return None
    place = (row["authority_kind"], level_of(row["region"]))
    return next((one for one in powers() if (one.authority_kind, one.level) == place and one.days.holds_on(day)), None)
