"""The description drives the API: what it allows is answered as it says, what it forbids is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    load_all_checks,
    negative_data_rejection,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from ivr.api.routes import PARTS
from ivr.campaigning import errand
from tests.api_client import at_hand, issue

load_all_checks()
USUAL = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
CHECKS = {
    GenerationMode.POSITIVE: USUAL,
    GenerationMode.NEGATIVE: (*USUAL, negative_data_rejection),
}
EXAMPLES = {GenerationMode.POSITIVE: 2, GenerationMode.NEGATIVE: 1}


@pytest.mark.parametrize("mode", EXAMPLES)
def test_every_operation_answers_made_up_requests_as_it_is_described(
    mode: GenerationMode, edge_app: Flask, ledger_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errand, "run", at_hand)
    headers = {"Authorization": f"Bearer {issue(ledger_path)}"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", edge_app)
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES[mode],
            deadline=None,
            database=None,
            derandomize=True,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def answered(case: schemathesis.Case) -> None:
            case.call_and_validate(headers=headers, checks=list(CHECKS[mode]))

        answered()
        tried += 1
    assert tried == sum(len(part.operations) for part in PARTS)
