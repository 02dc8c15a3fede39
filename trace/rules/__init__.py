"""What does the law say of these facts? One gate a module, each a question with a verdict."""

from .balance import (
    IMPLAUSIBLE,
    drying_ratio,
    harvest_plausible,
    mass_balance,
    step_plausible,
    usual_step,
    usual_yield,
    yield_per_mu,
)
from .crop_classes import CropClass, crop_class_of, parse_crop_class
from .drugs import drug_lawful
from .duties import MissingField, field_duties, owed_fields
from .harvests import harvest_recorded
from .holds import Standing, no_open_hold
from .intervals import DaysSource, Harvest, Use, earliest_harvest, interval_kept
from .markets import RESTRICTED, EntryTest, market_entry
from .packages import package_complete
from .pesticides import Unstated, input_lawful, substances_lawful
from .reports import Item, ItemVerdict, LimitShown, ReportVerdict, item_key, judge_report, limits_of
from .residues import Conclusion, Report, Result, test_passed, within_limits
from .retests import Tested, is_rapid, is_screening, judge_retest, replaces, settles
from .verdict import Outcome, Verdict, worst

__all__ = [
    "IMPLAUSIBLE",
    "RESTRICTED",
    "Conclusion",
    "CropClass",
    "DaysSource",
    "EntryTest",
    "Harvest",
    "Item",
    "ItemVerdict",
    "LimitShown",
    "MissingField",
    "Outcome",
    "Report",
    "ReportVerdict",
    "Result",
    "Standing",
    "Tested",
    "Unstated",
    "Use",
    "Verdict",
    "crop_class_of",
    "drug_lawful",
    "drying_ratio",
    "earliest_harvest",
    "field_duties",
    "harvest_plausible",
    "harvest_recorded",
    "input_lawful",
    "interval_kept",
    "is_rapid",
    "is_screening",
    "item_key",
    "judge_report",
    "judge_retest",
    "limits_of",
    "market_entry",
    "mass_balance",
    "no_open_hold",
    "owed_fields",
    "package_complete",
    "parse_crop_class",
    "replaces",
    "settles",
    "step_plausible",
    "substances_lawful",
    "test_passed",
    "usual_step",
    "usual_yield",
    "within_limits",
    "worst",
    "yield_per_mu",
]
