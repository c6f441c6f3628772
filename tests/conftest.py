"""What all tests share: `--update-golden` rewrites the golden cases, for review."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """The one option of our own."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden cases")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether the golden cases are to be rewritten."""
    return bool(request.config.getoption("--update-golden"))
