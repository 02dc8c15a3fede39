"""What must stand in a document of a case, what is still missing, and what follows from the case by itself? (pure)"""

from collections.abc import Mapping
from datetime import date

from trace.parties import is_natural_person
from trace.texts import MAX_NOTE_CHARACTERS, MAX_OUTLINE_CHARACTERS, holds_personal_data, text_fault

from .reference.documents import Sentence, Template, name_parts, sentences

OPENING = "opening"
"""The sentence before the fields; it stands among the sentences as a field of that name."""

FROM_CASE = frozenset({"doc_no", "authority", "date", "subject_name", "subject_id_masked"})
"""Fields that number, clock and register fill; whatever somebody types there is not looked at."""

LINES = frozenset(
    {
        *("facts", "evidence", "evidence_hashes", "points", "reasons", "reason", "grounds", "reasons_public"),
        *("intended_measures", "measures_and_hint", "removal_terms_and_procedure", "how_to_reply", "explicit_text"),
        *("what_is_waived", "present", "case_put", "defence_put", "evidence_examined", "signatures_or_refusal"),
        *("absence_note", "points_of_defence_answered", "facts_ok", "evidence_ok", "articles_ok", "proportion"),
        *("result", "decision_draft", "what_is_published", "conditions", "where_to_apply", "materials"),
        *("what", "objection_route", "duties_done_proof", "harm_removed", "text", "measures_ended"),
        *("all_missing_items", "duties_checked", "sources_asked", "site_visit", "items", "peers_told", "publication"),
        *("sharing_recipients", "measures", "class_basis", "fields_compared", "event_ids", "what_it_would_mean"),
        *("limits", "penalty_or_measure", "grounds_articles"),
    }
)
"""Fields of several lines: stories and lists. The others are a name, a number, a day or half a sentence."""

SERVED_WITH: Mapping[str, str] = {"D-LIST-DECISION": "D-REPAIR-NOTICE", "D-PUB-NOTICE": "D-REPAIR-NOTICE"}
"""两书同达: which paper says how repair works, and goes along (procedure steps L25 and P06; 国办发〔2025〕22号)."""

PUBLIC = "public"
_PUBLIC_CASE, _NO_ID_CASE = "public", "none"
_ID_CHARACTERS, _SHOWN_AT_EACH_END = 18, 4


def sentence(template: Template, field: str, step: str = "") -> Sentence | None:
    """What the official text says in this field by itself, at a step of the case; None where somebody writes it."""
    known = sentences()
    keys = ((template.code, field, step), (template.code, field, ""), ("", field, ""))
    return next((known[key] for key in keys if key in known), None)


def is_computed(template: Template, field: str) -> bool:
    """Whether nobody has to type this field: it follows from the case, or its sentence asks for nothing."""
    if field in FROM_CASE:
        return True
    of_field = [one for (code, name, _), one in sentences().items() if name == field and code in ("", template.code)]
    return bool(of_field) and not any(one.asks for one in of_field)


def missing_fields(template: Template, values: Mapping[str, str], step: str = "") -> tuple[str, ...]:
    """The required fields that neither the values nor a sentence of the text fills, in the order of the paper."""
    return tuple(field for field in template.fields if not _is_there(template, field, values, step))


def value_faults(template: Template, values: Mapping[str, str]) -> dict[str, str]:
    """Why what was typed into a field cannot be taken, by its name.

    Markup and rare characters are taken and shown as they are. A paper for the public holds no telephone or id number.
    """
    found = {}
    for field in template.fields:
        text = values.get(field, "")
        if not text or is_computed(template, field):
            continue
        has_lines = field in LINES
        fault = text_fault(text, MAX_OUTLINE_CHARACTERS if has_lines else MAX_NOTE_CHARACTERS, lines=has_lines)
        if fault is None and template.recipients == (PUBLIC,) and holds_personal_data(text):
            fault = "personal-data"
        if fault is not None:
            found[field] = fault
    return found


def subject_fields(
    template: Template, legal_form: str, name: str, uscc: str | None, id_number: str | None
) -> dict[str, str]:
    """Name and number of the subject as this paper shows them (pii_masking.csv).

    Officials and the subject read the full name, and of an id number its ends; the public reads `张**` and no number.
    """
    known = sentences()
    if not is_natural_person(legal_form, uscc):
        return {"subject_name": name, "subject_id_masked": uscc or known["", "subject_id_masked", _NO_ID_CASE].zh}
    if template.recipients == (PUBLIC,):
        hidden = known["", "subject_id_masked", _PUBLIC_CASE].zh
        return {"subject_name": masked_name(name), "subject_id_masked": hidden}
    shown = masked_id(id_number) if id_number else known["", "subject_id_masked", _NO_ID_CASE].zh
    return {"subject_name": name, "subject_id_masked": shown}


def masked_id(id_number: str) -> str:
    """3416**********1234: the first four and the last four of the 18 characters (GB 11643); nothing of any other number."""
    if len(id_number) != _ID_CHARACTERS:
        return "*" * len(id_number)
    hidden = "*" * (_ID_CHARACTERS - 2 * _SHOWN_AT_EACH_END)
    return id_number[:_SHOWN_AT_EACH_END] + hidden + id_number[-_SHOWN_AT_EACH_END:]


def masked_name(name: str) -> str:
    """张**, however long the name is."""
    return f"{name[:1]}**"


def short_name(name: str, region: str | None, kind: str | None) -> str:
    """The short form of an authority, as it stands in its numbers: 谯农. The full name where no table knows the parts."""
    known = name_parts()
    place, work = known.get(("region", region or "")), known.get(("kind", kind or ""))
    return f"{place}{work}" if place and work else name


def number_text(short: str, year: int, sequence: int) -> str:
    """文号: 谯农〔2026〕1号."""
    return f"{short}〔{year}〕{sequence}号"


def day_text(day: date) -> str:
    """A day as official papers write it: 2026年11月30日."""
    return f"{day.year}年{day.month}月{day.day}日"


def is_for_subject(template: Template) -> bool:
    """Whether the subject may read the paper once it is in the case: it goes to the subject or the public, or is its own."""
    words = (template.signed_by, *template.recipients)
    return any(word.startswith(("subject", PUBLIC)) for word in words) or "copy to subject" in template.recipients


def is_by_subject(template: Template) -> bool:
    """Whether these are the subject's own words."""
    return template.signed_by.startswith("subject")


def _is_there(template: Template, field: str, values: Mapping[str, str], step: str) -> bool:
    text = values.get(field, "")
    found = sentence(template, field, step)
    if found is not None and not found.asks:
        return True
    return bool(text) and not text.isspace()
