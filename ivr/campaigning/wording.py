"""The words of rules, reasons and states on the pages of lists and campaigns."""

from __future__ import annotations

from ivr.texts import Page, texts


def words() -> Page:
    """The texts of the campaigns' pages, with the desk's words for how a talk ended."""
    reasons = {key: text.rstrip("。.") for key, text in texts("desk").items() if key.startswith("reason_")}
    return reasons | dict(texts("campaigns"))


def word(sort: str, code: str) -> str:
    """The text of a code, as `word("rule", "do_not_call")`; the code itself where it has none."""
    return words().get(f"{sort}_{code}") or code
