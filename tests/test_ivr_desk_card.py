"""What an agent sees of a lapsed policy."""

from __future__ import annotations

import json

from ivr.desk.card import Known, card
from tests.dialer_facts import NOW


def test_s000_23_the_agent_sees_the_last_day_of_the_concession_once_the_identity_is_checked() -> None:
    facts = json.dumps({"suspended_on": "2024-11-30", "reinstate_by": "2026-11-30"})
    shown = card(Known(None, facts, True, None), [], {}, "en", NOW)["facts"]
    assert [label for label, _ in shown] == ["Lapsed on", "Concession until"]
    assert "7" in shown[1][1]
    assert card(Known(None, facts, False, None), [], {}, "en", NOW)["facts"] == []
