"""Who may do what with whose things? One table, role by action, which guards ask and tests enumerate.

An account opens the door of the API; what a statement may say is judged by `decide`, from keys, roles and relations
of the party that speaks. Nothing in this table can make a signature valid.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from trace.places import region_prefix

Role = Literal["anyone", "member", "laboratory", "official", "auditor", "administrator"]
"""`anyone` came without a token; the other five have accounts."""

Relation = Literal["own", "region", "any", "demonstration"]
"""Which things an action is granted for: `own` those of the caller's party; `region` those of parties in the caller's
region; `any` all; `demonstration` all, on a demonstration log alone, where codes and ids protect nobody."""

Scope = Literal["party", "region"]

ROLES: Mapping[Role, Scope | None] = MappingProxyType(
    {"member": "party", "laboratory": "party", "official": "region", "auditor": None, "administrator": None}
)
"""The roles of accounts, each with what an account of it has to be bound to."""

POLICY: Mapping[str, Mapping[Role, Relation]] = MappingProxyType(
    {
        "public.read": MappingProxyType(dict.fromkeys(get_args(Role), "any")),
        "parties.list": MappingProxyType(
            {
                "anyone": "demonstration",
                "member": "own",
                "laboratory": "own",
                "official": "region",
                "auditor": "any",
                "administrator": "any",
            }
        ),
        "places.list": MappingProxyType(
            {"anyone": "demonstration", "member": "own", "laboratory": "own", "official": "region", "auditor": "any"}
        ),
        "batches.list": MappingProxyType(
            {"anyone": "demonstration", "member": "own", "laboratory": "own", "official": "region", "auditor": "any"}
        ),
        "sealed.read": MappingProxyType({"member": "own", "laboratory": "own", "official": "region", "auditor": "any"}),
        "parties.create": MappingProxyType({"official": "any"}),
        "keys.change": MappingProxyType({"official": "region"}),
        "places.create": MappingProxyType({"member": "own", "official": "region"}),
        "batches.create": MappingProxyType({"member": "own", "official": "region"}),
        "events.create": MappingProxyType({"member": "own", "laboratory": "own"}),
        "statements.create": MappingProxyType({"member": "any", "laboratory": "any", "official": "any"}),
        "session.start": MappingProxyType(dict.fromkeys(get_args(Role), "any")),
        "session.own": MappingProxyType(dict.fromkeys(ROLES, "any")),
        "tokens.issue": MappingProxyType({"member": "own", "official": "region"}),
        "own.read": MappingProxyType({"member": "own"}),
        "own.record": MappingProxyType({"member": "own"}),
        "lab.report": MappingProxyType({"laboratory": "own"}),
        "gate.decide": MappingProxyType({"member": "own"}),
        "desk.read": MappingProxyType({"official": "region", "auditor": "any"}),
        "desk.lift": MappingProxyType({"official": "region"}),
        "desk.vouch": MappingProxyType({"official": "region"}),
        "cases.read": MappingProxyType({"official": "region", "auditor": "any"}),
        "cases.act": MappingProxyType({"official": "region"}),
        "ledger.audit": MappingProxyType({"official": "any", "auditor": "any", "administrator": "any"}),
        "office.keys": MappingProxyType({"official": "any"}),
        "office.sign": MappingProxyType({"official": "any"}),
        "files.read": MappingProxyType({"member": "own", "laboratory": "own", "official": "region"}),
        "documents.read": MappingProxyType(
            {"member": "own", "laboratory": "own", "official": "region", "auditor": "any"}
        ),
    }
)
"""What is not in here is not granted. Why each line says what it says:

- `public.read`: what a label's address shows, single things by id, and the log's own files are for everybody; a token adds
  nothing and takes nothing away.
- `parties.list`, `places.list`, `batches.list`: one record by its id is public, the list of all is a competitor's map of
  who grows what. A party lists its own, an official the region of the office, an auditor everything. An administrator
  has to find a party's id to make its token, and has no business with plots and batches.
- `sealed.read`: what is not public goes to the party that owns the batch, or has it from its owner, to the office that
  supervises its region, and to the auditor, who cannot check a body unread. Not to the administrator: who runs the machine is a
  stranger to the trade on it.
- `parties.create`: an office saw the person and the papers. `any`: a buyer from Shanghai whom a batch of this region
  reaches is registered here too, by the office that its papers are shown to.
- `keys.change`: afterwards its own region's office alone, which can call the person in. No member: a stolen token would
  turn into a key of its own, and outlive the token's expiry. A valid key adds and revokes by a signed statement.
- `places.create`, `batches.create`: the party itself, or for a party without a phone the clerk of its region, in
  custody, which the statement and the page say. No laboratory: who tests does not grow.
- `events.create`: only one's own words. An official who could record a harvest for a grower could also invent one.
- `session.start`: whoever holds a token may sign in with it, signed in or not.
- `session.own`: one's own sessions, found by the token that began this one, so `any` reaches nobody else's.
- `tokens.issue`: a sign-in link for a party's own people: the party itself for a further member, or the office that
  can call the person in. What a member hands out ends with the member's own token at the latest. No laboratory: its
  one account is the office's to give, because its reports decide about others' goods.
- `own.read`, `own.record`: the pages under /m, of one's own places, batches and records alone.
- `lab.report`: the pages under /lab: samples that name this laboratory, its own reports and their corrections, and reports to
  test again by their code; what came under a key that it had ended.
- `gate.decide`: the pages of the market gate, for a party that runs a market. Whose goods they are does not matter: they
  stand at the gate, and what is shown of them is public. `own`: the decision is the market's own.
- `desk.read`, `desk.lift`: the rooms of officials, each for the region of the office. An auditor reads them all and lifts
  nothing. An account asks for a hold to be lifted; two officials' own keys lift it.
- `desk.vouch`: what came under a key that its party had ended, for the office that can call the person in. It invents nothing:
  the words are signed by the party's own key. No auditor: they are in no log. A party's own clerk does it by `own.record`, a
  laboratory's by `lab.report`.
- `cases.read`, `cases.act`: a case is known to its party, to the offices of its region, and to the auditor, who takes no
  step. An account drafts a step; the log takes it from the own key of somebody who holds the office.
- `ledger.audit`: whether the whole log is sound, with the number of the first entry that is not; what it says stays closed,
  so that whoever runs the machine may ask too.
- `office.keys`, `office.sign`: an official's own keys, and what waits for signatures. The log's offices say whose
  signature is wanted, and no account can sign: `any` is whoever has an account of an office.
- `files.read`: photos and papers, to the party that sent them and to the office that supervises its region. The log
  holds their hash; an auditor checks that, and needs no picture of anybody's licence.
- `documents.read`: the papers of a case, to its subject and to the office of its region; to the auditor, who looks whether
  each step had the paper that the law asks for. Papers between officials are withheld from the subject by the page.
- `statements.create`: signed elsewhere, so the proofs say who speaks, and `any` means whoever that is: a co-op may send
  what its members signed. No auditor and no administrator: both only look on.
"""


@dataclass(frozen=True)
class Caller:
    """Who asks: a role, the party it speaks for or the region it watches (GB/T 2260), and the account as it is logged.

    `account` names the token by a part of its hash, and how it signed in; never a person (`recorded_by`).
    """

    role: Role
    party: str | None
    region: str | None
    account: str


ANYONE = Caller("anyone", None, None, "anyone")


def may(
    caller: Caller,
    action: str,
    *,
    party: str | None = None,
    region: str | None = None,
    demonstration: bool = False,
) -> bool:
    """Whether the caller may do `action` to something of `party`, a party in `region` (six digits).

    Without party and region it asks for all things at once. KeyError for an action that has no line.
    """
    match POLICY[action].get(caller.role):
        case "any":
            return True
        case "own":
            return party is not None and party == caller.party
        case "region":
            return is_within(region, caller.region)
        case "demonstration":
            return demonstration
        case None:
            return False


def may_ever(caller: Caller, action: str) -> bool:
    """Whether there is anything at all to which the caller's role may do `action`: what can be said before a look-up."""
    return caller.role in POLICY[action]


def is_within(region: str | None, office: str | None) -> bool:
    """Whether `region` lies in the region of `office`; not where one of them is unknown or no code."""
    prefix = region_prefix(office)
    return prefix is not None and region is not None and len(region) == _CODE_DIGITS and region.startswith(prefix)


_CODE_DIGITS = 6
