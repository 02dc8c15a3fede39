"""How does a step of the node itself get its papers? From the same templates and numbers as everybody's, before it is said.

The case may be one that is only about to be opened. Prepared again for the same step on the same day, a paper stays the
same: what broke off before the log took it costs no second number.
"""

from collections.abc import Callable, Mapping

from api.documents import OfCase, prepare_of
from api.documents.db import DocumentStore
from api.documents.own_words import Texts
from api.node import Node
from api.pages.names import names
from api.pages.scan_words import Words
from credit.own_papers import made_for
from credit.reference.procedures import procedures

BY_NODE = "node"


async def own_papers(
    node: Node, store: DocumentStore, case: OfCase, step: str, say: Callable[[Words], Texts]
) -> list[Mapping[str, str]]:
    """The papers that the row of this step names, as the step will name them. `say`: their fields, in the words of a language."""
    codes = made_for(procedures()[case.procedure].steps[step])
    if not codes:
        return []
    values, in_english = say(Words("zh", names())), say(Words("en", names()))
    made = [
        await prepare_of(
            node, store, case, step=step, code=code, values=values, prepared_by=BY_NODE, in_english=in_english
        )
        for code in codes
    ]
    return [{"code": one.code, "doc_no": one.doc_no, "hash": one.sha256} for one in made]
