"""The table of problem cases."""

from scripts.problems import PROBLEMS, STOPPING

DAYS = {"critical": 0, "high": 1, "normal": 2}


def test_there_are_thirty_codes_with_titles() -> None:
    assert list(PROBLEMS) == [f"P{number:02}" for number in range(1, 31)]
    assert all(problem.title and problem.code == code for code, problem in PROBLEMS.items())


def test_the_severity_decides_the_working_days() -> None:
    assert all(problem.days == DAYS[problem.severity] for problem in PROBLEMS.values())


def test_the_grave_cases_are_for_the_same_day() -> None:
    grave = {code for code, problem in PROBLEMS.items() if problem.days == 0}
    assert grave == {"P01", "P03", "P04", "P05", "P17", "P18", "P26", "P28", "P30"}


def test_what_stops_a_call_is_in_the_table() -> None:
    assert set(PROBLEMS) >= STOPPING
