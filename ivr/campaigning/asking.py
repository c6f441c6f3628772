"""Why a contact was called or not: tasks by reason or policy, one with its attempts and decisions."""

from __future__ import annotations

import json
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from ivr.campaigning.seeing import READ, visible
from ivr.campaigning.wording import word
from ivr.edge import store
from ivr.people.rights import allowed, audit
from ivr.texts import t
from ledger import inquiry
from ledger.board import masked
from ledger.inquiry import Task, TaskLine

PAGE = 50
MOST = 200
"""Tasks on a page; decisions and attempts of one task."""


@allowed(*READ)
def tasks(campaign_id: int) -> str | AnyResponse:
    """Tasks by policy or claim number, or by the reason of their last word."""
    campaign, policy_no = visible(campaign_id), request.args.get("policy", "").strip()
    reason, state = request.args.get("reason", ""), request.args.get("state", "")
    after, left_out = request.args.get("after", 0, type=int), ""
    rows: list[TaskLine] = []
    with store().read() as conn:
        if policy_no:
            rows = inquiry.by_policy(conn, campaign_id, policy_no)
            left_out = "" if rows else inquiry.left_out(conn, campaign_id, policy_no)
        elif reason:
            keys = {"state": state, "after": after, "limit": PAGE + 1}
            rows = inquiry.by_reason(conn, campaign_id, reason, **keys)  # type: ignore[arg-type]
    audit("tasks_read", f"campaign:{campaign_id}")
    if policy_no and rows:
        return redirect(url_for("campaigns.task", campaign_id=campaign_id, task_id=rows[0].task_id), 303)
    return render_template(
        "tasks.html",
        campaign=campaign,
        rows=rows[:PAGE],
        more=len(rows) > PAGE,
        policy=policy_no,
        reason=reason,
        state=state,
        said=_said(policy_no, left_out),
        word=word,
    )


def _said(policy_no: str, left_out: str) -> str:
    """What is told of a policy that has no task."""
    if not policy_no:
        return ""
    if left_out:
        return t("campaigns.was_left_out", why=word("rule", left_out))
    return t("campaigns.not_in_list")


@allowed(*READ)
def task(campaign_id: int, task_id: int) -> str:
    """One task: the contact, masked, its attempts, and every decision with rule, version and until when."""
    campaign = visible(campaign_id)
    with store().read() as conn:
        found = inquiry.task(conn, campaign_id, task_id)
        if found is None:
            abort(404)
        decisions = inquiry.decisions(conn, task_id, MOST)
        attempts = inquiry.attempts(conn, task_id, MOST)
    audit("task_read", f"task:{task_id}")
    return render_template(
        "task.html",
        campaign=campaign,
        task=found,
        contact=_contact(found),
        decisions=decisions,
        attempts=attempts,
        word=word,
    )


def _contact(task: Task) -> dict[str, Any]:
    """What is shown of the customer: surname and title, masked numbers, the flags of the list."""
    facts = json.loads(task.facts)
    return {
        "name": f"{facts.get('surname') or ''}{facts.get('title') or ''}",
        "numbers": [masked(number) for number in json.loads(task.numbers)],
        "flags": json.loads(task.flags),
    }
