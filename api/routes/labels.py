"""What is printed on a package? The label of a batch's present head, as SVG and as PNG. Logs nothing."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auth.guard import allow
from api.auth.policy import Caller
from api.catalogue import say
from api.node import Node
from api.pages.names import names
from api.query import read_query
from api.routes.described import answers
from api.routes.reading import found
from api.routes.writing import node_of
from trace.labels.address import LabelAddressTooLong, label_address, printed_code
from trace.labels.label import Label, label_png, label_svg
from trace.ledger.errors import Conflict
from trace.queries import find_batch

router = APIRouter()


def make_label(node: Node, id: str) -> Label:
    """The label that pins the batch's present head. Raises `NotFound`, `Conflict` where the address finds no room on it."""
    with node.reading() as reads:
        row = found(find_batch(reads.connection, id))
        head = reads.chain_rows(id)[-1]
    url, code = node.settings.public_url, found(row["code"])
    try:
        address = label_address(url, code, head.seq, head.leaf)
    except LabelAddressTooLong as error:
        raise Conflict("label-address-too-long") from error
    demonstration = node.genesis.purpose == "demonstration"
    return Label(
        address=address,
        printed=printed_code(url, code, head.seq, head.leaf),
        product=names().products[row["product"]].zh,
        township=row["township"],
        mark=say("label.mark", "zh") if demonstration else None,
        plain_mark=say("label.plain_mark", "zh") if demonstration else None,
    )


@router.get("/batches/{id}/labels.svg", **answers("label-svg"))
async def read_label_svg(id: str, request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    """The label as SVG: QR code, product, township, printed code."""
    read_query(request, ())
    return Response(label_svg(make_label(node_of(request), id)), media_type="image/svg+xml")


@router.get("/batches/{id}/labels.png", **answers("label-png"))
async def read_label_png(id: str, request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    """The QR code with its printed code as PNG."""
    read_query(request, ())
    return Response(label_png(make_label(node_of(request), id)), media_type="image/png")
