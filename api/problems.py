"""What does a caller hear when something is not taken? Every "no" as problem+json (RFC 9457), or as a page for a person.

Nothing else formats errors. No input is repeated: an answer holds a code, our own sentences, and pointers to the fields.
"""

import logging
import traceback
import uuid
import zlib
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.accept import prefers_html
from api.auth.guard import SignInNeeded, send_to_sign_in
from api.catalogue import LANGS, Lang, has, messages
from api.pages.purpose import is_demonstration
from api.pages.render import TEXT_SIZES, TextSize, render_problem
from api.pages.views import ProblemView
from api.refusals import (
    Failed,
    HeadersTooLarge,
    MethodNotAllowed,
    NotAcceptable,
    RangeNotSatisfiable,
    RateLimited,
    TooSlow,
    Unauthenticated,
    UnsupportedMediaType,
    UriTooLong,
)
from trace.ledger.errors import (
    Conflict,
    DomainError,
    FieldFault,
    Forbidden,
    Invalid,
    NotFound,
    OutcomeUnknown,
    Overloaded,
    Refused,
    TooLarge,
    Unavailable,
    Unreadable,
)
from trace.legal_days import SHANGHAI
from trace.pointer import child

PROBLEM_JSON = "application/problem+json"

STATUS: Mapping[type[DomainError], int] = MappingProxyType(
    {
        Unreadable: HTTPStatus.BAD_REQUEST,
        Unauthenticated: HTTPStatus.UNAUTHORIZED,
        Forbidden: HTTPStatus.FORBIDDEN,
        NotFound: HTTPStatus.NOT_FOUND,
        MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
        NotAcceptable: HTTPStatus.NOT_ACCEPTABLE,
        TooSlow: HTTPStatus.REQUEST_TIMEOUT,
        Conflict: HTTPStatus.CONFLICT,
        Refused: HTTPStatus.CONFLICT,
        TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        UriTooLong: HTTPStatus.REQUEST_URI_TOO_LONG,
        UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
        RangeNotSatisfiable: HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
        RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
        HeadersTooLarge: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        Overloaded: HTTPStatus.SERVICE_UNAVAILABLE,
        Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
        OutcomeUnknown: HTTPStatus.SERVICE_UNAVAILABLE,
        DomainError: HTTPStatus.INTERNAL_SERVER_ERROR,
    }
)
"""The status of a kind of "no"; a class that is not named has that of its nearest base (`status_of`)."""

RULED = ("rule", "article", "reasons", "remedy", "evidence", "step", "lifted_by")
"""What the answer to a refused act says beside the sentence: extension members of RFC 9457 §3.2."""

PARTICULARS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "batch-held": ("since",),
        "package-incomplete": ("missing",),
        "rate-limited": ("scans",),
        "published-differs": ("right",),
        "date-too-early": ("earliest",),
        "service-too-early": ("earliest",),
        "key-revoked": ("kept_until", "is_full", "is_dismissed"),
        "statement-id-reused": ("logged_at",),
    }
)
"""Codes with another sentence where one of these values is known: `told.<code>` for the first, `told.<code>.<value>` for a
further one."""

MAX_FAULTS_TOLD = 100
MAX_POINTER_CHARACTERS = 200
RETRY_SECONDS = 5  # Retry-After is 1 to this: those who were refused together must not come back together

_HTTP: Mapping[int, DomainError] = MappingProxyType(
    {
        401: Unauthenticated("unauthenticated"),
        403: Forbidden("scope-missing"),
        404: NotFound("not-found"),
        406: NotAcceptable("not-acceptable"),
        413: TooLarge("body-too-large"),
        415: UnsupportedMediaType("unsupported-media-type"),
    }
)
_log = logging.getLogger("suxin.problems")


class Sentences(NamedTuple):
    """What is said of a code: what happened, why, what to do."""

    zh: str
    en: str


class Told(NamedTuple):
    """What happened, without its full stop; and what to do."""

    what: str
    then: str


def install(app: FastAPI) -> None:
    """Every error of a route becomes an answer of this module."""
    for kind in (DomainError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, _answer_error)
    app.add_exception_handler(SignInNeeded, send_to_sign_in)


async def _answer_error(request: Request, error: Exception) -> Response:
    return answer(as_domain_error(error), request)


def answer(error: DomainError, request: Request) -> Response:
    """A page where `Accept` prefers HTML, else JSON; logged by code alone, at info below 500 and at error from there."""
    status = status_of(error)
    _log.log(logging.ERROR if status >= 500 else logging.INFO, "problem.%s", error.code)
    instance = f"urn:uuid:{uuid.uuid4()}"
    if not prefers_html(request.headers.get("accept", "")):
        return problem_response(error, instance)
    lang = _lang(request)
    what, then = told(error, lang)
    size: TextSize = next((size for size in TEXT_SIZES if size == request.cookies.get("sx_text")), "standard")
    view = ProblemView(_own_path(request), status, what, then, is_demonstration(request))
    page = render_problem(view, lang, size)
    return HTMLResponse(page, status, _headers(error, status, instance))


def told(error: DomainError, lang: Lang) -> Told:
    """The sentence of an error in a reader's language, for a page that shows it itself."""
    return _parted(sentences(error.code, status_of(error), error.values), lang)


def problem_response(error: DomainError, instance: str) -> Response:
    """The answer as JSON. `instance` names this occurrence (a URI that we made, nothing that was sent)."""
    status = status_of(error)
    body = orjson.dumps(problem_json(error, status, instance))
    return Response(body, status, _headers(error, status, instance), PROBLEM_JSON)


def problem_json(error: DomainError, status: int, instance: str) -> dict[str, Any]:
    """The members of RFC 9457, both sentences, the fields at fault; `right`: by field what the log says, where it does."""
    said = sentences(error.code, status, error.values)
    ruled = {name: error.values[name] for name in RULED if name in error.values} if isinstance(error, Refused) else {}
    right = {"right": error.values["right"]} if "right" in error.values else {}
    return {
        "type": f"/problems/{error.code}",
        "title": _parted(said, "en")[0],
        "status": status,
        "detail": said.en,
        "instance": instance,
        "code": error.code,
        **said._asdict(),
        "errors": [_told(fault, error, status) for fault in error.faults[:MAX_FAULTS_TOLD]],
        **ruled,
        **right,
    }


def status_of(error: DomainError) -> int:
    """By the nearest class of its MRO that `STATUS` names."""
    return int(next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS))


def sentences(code: str, status: int, values: Mapping[str, object] = MappingProxyType({})) -> Sentences:
    """Both sentences of a code, values filled in. A code that nobody translated says what its status says."""
    key = f"problem.{code}"
    if not has(key, "zh"):
        _log.error("problem.untold %s", code)  # the suite finds every literal code; this one was made while running
        key = "problem.internal" if status >= 500 else "problem.bad-request"
    for place, value in enumerate(PARTICULARS.get(code, ())):
        if values.get(value):
            key = f"told.{code}.{value}" if place else f"told.{code}"
            break
    return Sentences(*(messages(lang)[key].format_map(_spoken(values, lang)) for lang in LANGS))


def _spoken(values: Mapping[str, object], lang: Lang) -> dict[str, object]:
    """Values as a sentence takes them: a moment by the clock of the district, fields of packing by their names."""
    spoken = dict(values)
    for name in ("since", "kept_until"):
        if moment := values.get(name):
            spoken[name] = datetime.fromisoformat(str(moment)).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    missing = values.get("missing")
    if isinstance(missing, list):
        mark = messages(lang)["words.list_mark"]
        spoken["missing"] = mark.join(_field_word(str(name), lang) for name in missing)
    if isinstance(right := values.get("right"), Mapping):
        spoken["right"] = _right_values(right, messages(lang))
    return spoken


def _right_values(right: Mapping[str, str], told: Mapping[str, str]) -> str:
    """What the log says of each published field; "" is told as nothing to publish."""
    lines = (
        told["case.field_line"].format(field=told[f"case.field.{name}"], text=text or told["file.not_published"])
        for name, text in right.items()
    )
    return told["words.clause_mark"].join(lines)


def _field_word(name: str, lang: Lang) -> str:
    own = f"field.packing.{name}"
    return messages(lang)[own if has(own, lang) else f"field.{name}"]


def as_domain_error(error: Exception) -> DomainError:
    """What any exception means to the caller; one that nobody foresaw is logged and says nothing but `internal`."""
    match error:
        case DomainError():
            return error
        case RequestValidationError():
            faults = [_validation_fault(one) for one in error.errors()]
            return Invalid(faults[0].code if faults else "bad-parameter", *faults)
        case HTTPException(status_code=405):
            return MethodNotAllowed("method-not-allowed", allow=(error.headers or {}).get("Allow", ""))
        case HTTPException() if error.status_code < 500:
            return _HTTP.get(error.status_code, Unreadable("bad-request"))
        case _:
            log_failure(error)
            return Failed("internal")


def log_failure(error: Exception) -> None:
    """The kind of an exception and where it came from. Its message stays out: it may repeat what was sent."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    _log.error("failure.%s at %s", type(error).__name__, places)


def _validation_fault(found: Mapping[str, Any]) -> FieldFault:
    """One error of pydantic: `loc` is ("query", "limit") or ("body", "inputs", 0)."""
    pointer = ""
    for part in found["loc"][1:]:
        pointer = child(pointer, part)
    codes = {"missing": "missing-field", "extra_forbidden": "unknown-field"}
    return FieldFault(pointer, codes.get(found["type"], "wrong-type"))


def _told(fault: FieldFault, error: DomainError, status: int) -> dict[str, str]:
    """The sentence of a field at fault; the error's own where that is the only one, or the two would contradict each other."""
    is_the_only_one = error.faults == (fault,) and fault.code == error.code
    said = sentences(fault.code, status, error.values if is_the_only_one else {})
    return {"pointer": _tellable(fault.pointer), "code": fault.code, **said._asdict()}


def _tellable(pointer: str) -> str:
    """The pointer, or that of the nearest parent that is short and ASCII: a field's name comes from the sender too."""
    while len(pointer) > MAX_POINTER_CHARACTERS or not (pointer.isascii() and pointer.isprintable()):
        pointer = pointer.rpartition("/")[0]
    return pointer


def _parted(said: Sentences, lang: Lang) -> Told:
    what, _, then = said.zh.partition("。") if lang == "zh" else said.en.partition(". ")
    return Told(what.removesuffix("."), then)


def _headers(error: DomainError, status: int, instance: str) -> dict[str, str]:
    headers = {"Cache-Control": "no-store"}
    match status:
        case 401:
            token_was_sent = error.code == "token-invalid"
            headers["WWW-Authenticate"] = 'Bearer error="invalid_token"' if token_was_sent else "Bearer"
        case 405:
            headers["Allow"] = str(error.values.get("allow", ""))
        case 429:
            headers["Retry-After"] = str(error.values["retry_after"])
        case 503:
            # The instance is random, so its checksum spreads those who were refused together.
            headers["Retry-After"] = str(1 + zlib.crc32(instance.encode()) % RETRY_SECONDS)
    if status == 408 or error.values.get("close"):
        headers["Connection"] = "close"
    return headers


def _lang(request: Request) -> Lang:
    wanted = request.cookies.get("sx_lang") or request.headers.get("accept-language", "zh")
    return "en" if wanted.lower().startswith("en") else "zh"


def _own_path(request: Request) -> str:
    """The path for the page's own links; never one that a browser would read as another host (`//evil.example`)."""
    path: str = request.scope["path"]
    return "/" if path.startswith(("//", "/\\")) or not path.startswith("/") else quote(path)
