"""Gate G14: does each package of a herb carry what the law wants on it? (pure)

药品管理法 art. 48: 品名 产地 日期 供货单位 and the mark of quality; 中医药法 art. 24: record of the check at purchase.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ..reference.substances import normal_name
from .verdict import Finding, Outcome, Reason, Verdict, conclude

GATE = "G14"
_PRINT_IT = ("print-what-is-missing",)
_DRUG_48 = "L-DRUG 48"
NO_NAME = Reason("package-lacks-name", Outcome.BLOCK, _PRINT_IT, _DRUG_48)
NO_ORIGIN = Reason("package-lacks-origin", Outcome.BLOCK, _PRINT_IT, _DRUG_48)
NO_DATE = Reason("package-lacks-date", Outcome.BLOCK, _PRINT_IT, _DRUG_48)
NO_SUPPLIER = Reason("package-lacks-supplier", Outcome.BLOCK, _PRINT_IT, _DRUG_48)
NO_MARK = Reason("package-lacks-quality-mark", Outcome.BLOCK, _PRINT_IT, _DRUG_48)
NO_CHECK = Reason("purchase-check-missing", Outcome.BLOCK, ("record-purchase-check",), "L-TCM 24")
OTHER = Reason("package-lacks-other", Outcome.WARN, ("check-field-name",))
REASONS = (NO_NAME, NO_ORIGIN, NO_DATE, NO_SUPPLIER, NO_MARK, NO_CHECK, OTHER)

_BY_FIELD: Mapping[str, Reason] = MappingProxyType(
    {
        "name": NO_NAME,
        "品名": NO_NAME,
        "名称": NO_NAME,
        "origin": NO_ORIGIN,
        "产地": NO_ORIGIN,
        "packed_on": NO_DATE,
        "date": NO_DATE,
        "日期": NO_DATE,
        "生产日期": NO_DATE,
        "包装日期": NO_DATE,
        "supplier": NO_SUPPLIER,
        "供货单位": NO_SUPPLIER,
        "quality_mark": NO_MARK,
        "qualitymark": NO_MARK,
        "质量合格标志": NO_MARK,
        "质量合格的标志": NO_MARK,
        "合格标志": NO_MARK,
        "purchase_check": NO_CHECK,
        "purchasecheckrecord": NO_CHECK,
        "purchase-checkrecord": NO_CHECK,
        "购进验收记录": NO_CHECK,
        "进货查验记录": NO_CHECK,
    }
)
"""By the words as `normal_name` writes them, without blanks."""

FIELDS = ("name", "origin", "packed_on", "supplier", "quality_mark")
"""The five of art. 48 as the payload of `packing` names them."""


def package_complete(missing: Iterable[str]) -> Verdict:
    """Judge a dispatch of a herb by what its package lacks, in words of the law or of the payload table.

    A field that the law does not name warns: it is perhaps a slip, and is not passed over.
    """
    return conclude(GATE, (Finding(_BY_FIELD.get(normal_name(field), OTHER)) for field in missing))
