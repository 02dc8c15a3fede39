"""The carried tables are whole, and the engine can walk every row of them."""

from pathlib import Path

import pytest

from credit import reference
from credit.reference.policies import Decay, policies
from credit.reference.procedures import NOT_OPEN, Kind, Timeout, procedures

README = (Path(reference.__file__).parent / "README.md").read_text("utf-8")


def test_each_table_has_the_rows_that_its_readme_counts() -> None:
    counts = {table: len(reference.rows(table)) for table in reference.TABLES}

    assert counts == {
        "procedure_penalty_record": 57,
        "procedure_listing": 61,
        "procedure_repair": 27,
        "procedure_objection": 24,
        "procedure_consent_report": 13,
        "procedure_recall": 11,
        "procedure_facts": 4,
        "procedure_pauses": 2,
        "procedure_extensions": 2,
        "procedure_effects": 13,
        "policy_producer_v1": 61,
        "policy_dealer_v1": 53,
        "working_days": 182,
        "credit_catalogue": 45,
        "measures": 17,
        "measure_starts": 11,
        "measure_acts": 4,
        "competence": 3,
        "documents": 40,
        "document_sentences": 54,
        "authority_names": 14,
    }
    assert [table for table, count in counts.items() if f"`{table}.csv` | {count} " not in README] == []


def test_no_carried_file_is_left_unread() -> None:
    files = {path.stem for path in Path(reference.__file__).parent.glob("*.csv")}

    assert files == set(reference.TABLES)


def test_a_table_that_is_not_carried_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        reference.rows("../cases")


def test_ten_machines_have_193_steps_between_them() -> None:
    assert sum(len(procedure.steps) for procedure in procedures().values()) == 193
    assert sorted(procedures()) == [
        "consent_report",
        "imported_listing",
        "key_supervision",
        "listing",
        "objection",
        "penalty_record",
        "recall",
        "repair",
        "sample_result",
        "trace_outcome",
    ]


def test_a_row_says_everything_that_its_columns_say() -> None:
    step = procedures()["listing"].steps["L19"]

    assert (step.from_state, step.action, step.to_state) == ("upper_pending", "upper_agree", "upper_agreed")
    assert (step.actor_role, step.not_party, step.cosign) == ("upper_authority", True, None)
    assert step.differs == (("L01",), ("L03",), ("L15",))
    assert (step.guard, step.earliest, step.on_timeout) == (None, None, Timeout.LATE)
    assert step.documents == ("D-UPPER",)


def test_two_papers_and_the_published_fields_are_read_apart() -> None:
    steps = procedures()["penalty_record"].steps

    assert steps["P06"].documents == ("D-PUB-NOTICE", "D-REPAIR-NOTICE", "D-SERVICE")
    assert steps["P07"].published_fields[:3] == ("decision_no", "party", "uscc_or_masked")
    assert len(steps["P07"].published_fields) == 11


@pytest.mark.parametrize("name", sorted(procedures()))
def test_every_state_can_be_reached_and_only_a_terminal_one_has_no_way_on(name: str) -> None:
    procedure = procedures()[name]
    reached = {NOT_OPEN}
    for _ in procedure.steps:
        reached |= {step.to_state for step in procedure.steps.values() if step.from_state in reached}

    assert {step.from_state for step in procedure.steps.values()} <= reached
    for step in procedure.steps.values():
        if step.to_kind is Kind.TERMINAL:
            assert procedure.steps_from(step.to_state) == (), step.code
        elif step.to_kind is Kind.OPEN:
            assert procedure.steps_from(step.to_state) != (), step.code


@pytest.mark.parametrize("name", sorted(procedures()))
def test_every_step_that_a_row_names_is_a_step_of_its_machine(name: str) -> None:
    procedure = procedures()[name]
    outside = {"record_entry"}

    for step in procedure.steps.values():
        assert {other for others in step.differs for other in others} - outside <= procedure.steps.keys()
        assert step.auto_step is None or step.auto_step in procedure.steps
        assert {one.by_step for one in step.extensions} <= procedure.steps.keys()


@pytest.mark.parametrize("name", sorted(procedures()))
def test_what_the_engine_does_by_itself_starts_where_the_deadline_ran(name: str) -> None:
    procedure = procedures()[name]

    for step in procedure.steps.values():
        if step.auto_step:
            assert procedure.steps[step.auto_step].from_state == step.from_state


def test_every_anchor_of_the_raw_tables_is_of_the_three_kinds() -> None:
    columns = ("earliest_from", "deadline_counts_from")
    anchors = {
        row[column].partition(":")[0]
        for table in reference.PROCEDURE_TABLES
        for row in reference.rows(table)
        for column in columns
    }

    assert anchors == {"", "state_entry", "step", "fact"}


def test_the_bases_are_75_and_77() -> None:
    bases = {name: sum(one.base for one in policy.indicators.values()) for name, policy in policies().items()}

    assert bases == {"producer_v1": 7500, "dealer_v1": 7700}


def test_a_policy_says_who_is_not_rated_what_caps_and_what_decays() -> None:
    policy = policies()["producer_v1"]

    assert (policy.min_days, policy.min_records, policy.valid_from.isoformat()) == (90, 5, "2026-01-01")
    assert [(cap.item, cap.min_count, cap.grade) for cap in policy.caps[:4]] == [
        ("N03", 1, "D"),
        ("N06", 1, "D"),
        ("P03", 1, "B"),
        ("P03", 2, "C"),
    ]
    assert [(band.grade, band.threshold) for band in policy.bands] == [("A", 9000), ("B", 7500), ("C", 6000), ("D", 0)]
    assert (policy.items["N12"].decay, policy.items["N12"].delta, policy.items["N12"].life_months) == (
        Decay.LINEAR,
        -150,
        24,
    )
