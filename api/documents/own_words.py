"""What stands in the papers that the node writes for its own steps: what ended, why a question was raised, what lapsed?

Each in both languages: the official text is Chinese, and nobody typed it, so that the copy can say it in the reader's own.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from api.pages.desk_case_sources import report_line
from api.pages.desk_case_words import action_words
from api.pages.scan_words import Words
from credit.own_papers import Ended
from credit.reference.catalogue import CATALOGUE_VERSION, catalogue
from credit.reference.measures import measures
from credit.reference.procedures import Step
from trace.ledger.canonical import decode_value
from trace.ledger.store import Reads
from trace.state import Row

Texts = Mapping[str, str]
_ONE_DAY = timedelta(days=1)


def end_texts(ended: Ended, words: Words) -> Texts:
    """The fields of the list of what ended."""
    return {
        "items": _items(ended, words),
        "publication": _publication(ended, words),
        "sharing_recipients": words.say("document.own.no_recipients"),
        "measures": "\n".join(_measure(one, ended.on, words) for one in ended.measures)
        or words.say("document.own.no_measures"),
        "at": words.day(ended.on.isoformat()),
    }


def raised_texts(reads: Reads, said: Mapping[str, Any], because: str, words: Words) -> Texts:
    """Why a question was raised about a party: the rule and its version, the report, and how it became final."""
    item, line = catalogue()[said["item"]], report_line(reads, said["record"], words)
    told = (
        words.say("document.own.rule", code=item.code, item=_name(item, words), version=CATALOGUE_VERSION),
        words.say("document.own.event", report=line),
        words.say(f"document.own.final.{because}"),
        words.say("document.own.only_asked"),
    )
    return {"reasons": "\n".join(told)}


def lapsed_texts(step: Step, last_day: date, words: Words) -> Texts:
    """Why the clock took a step that nobody took in time."""
    action = action_words(step, words).striptags()
    day = words.day(last_day.isoformat())
    return {"reasons": words.say("document.own.lapsed", day=day, action=action, step=step.code)}


def _items(ended: Ended, words: Words) -> str:
    record, listing = ended.record, ended.listing
    if record is None:
        return words.say("document.own.no_items")
    item = catalogue()[record["item"]]
    told = [words.say("document.own.item", code=item.code, item=_name(item, words))]
    if record["document"]:
        paper: Any = decode_value(record["document"].encode())
        told.append(words.say("document.own.item_paper", number=paper["number"], day=words.day(paper["dated"])))
    if listing is not None:
        told.append(words.say("document.own.listing", list=listing["list"], day=words.day(listing["listed_on"])))
    return "\n".join(told)


def _publication(ended: Ended, words: Words) -> str:
    """A bad record without a last day is shown to nobody (credit/records.py)."""
    record = ended.record
    if record is None or record["published_from"] is None or record["published_until"] is None:
        return words.say("document.own.never_published")
    told = words.say(
        "document.own.published",
        since=words.day(record["published_from"]),
        until=words.day(record["published_until"]),
        day=words.day(ended.on.isoformat()),
    )
    return f"{told}\n{words.say('document.own.was_paused')}" if record["paused"] else told


def _measure(row: Row, on: date, words: Words) -> str:
    """A measure whose own last day came before has been over since then."""
    own_end = date.fromisoformat(row["until"]) + _ONE_DAY if row["until"] else on
    measure = measures()[row["measure"]]
    return words.say(
        "document.own.measure",
        code=measure.code,
        measure=measure.zh if words.lang == "zh" else measure.en,
        since=words.day(row["starts_on"]),
        day=words.day(min(own_end, on).isoformat()),
    )


def _name(item: Any, words: Words) -> str:
    return str(item.zh if words.lang == "zh" else item.en)
