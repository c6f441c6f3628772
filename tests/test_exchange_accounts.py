"""The one account of an exchange as a resource."""

from __future__ import annotations

import pytest
from exchange_studio import ACCOUNT, Studio
from exchange_studio import studio as studio
from twilio.base.exceptions import TwilioRestException


def test_the_account_is_its_own_owner(studio: Studio) -> None:
    account = studio().client.api.accounts(ACCOUNT.sid).fetch()
    assert (account.sid, account.owner_account_sid) == (ACCOUNT.sid, ACCOUNT.sid)
    assert (account.status, account.type, account.auth_token) == ("active", "Full", ACCOUNT.auth_token)


def test_the_account_can_be_renamed(studio: Studio) -> None:
    accounts = studio().client.api.accounts
    accounts(ACCOUNT.sid).update(friendly_name="回访")
    assert [one.friendly_name for one in accounts.list(friendly_name="回访", status="active")] == ["回访"]
    assert accounts.list(status="closed") == []
    assert accounts.list(friendly_name="other") == []


def test_only_subaccounts_could_be_suspended_or_closed(studio: Studio) -> None:
    accounts = studio().client.api.accounts
    assert accounts(ACCOUNT.sid).update(status="active").status == "active"
    for status, code in (("suspended", 21477), ("closed", 21477), ("asleep", 21475)):
        with pytest.raises(TwilioRestException) as refused:
            accounts(ACCOUNT.sid).update(status=status)
        assert (refused.value.status, refused.value.code) == (400, code)


def test_there_are_no_subaccounts(studio: Studio) -> None:
    accounts = studio().client.api.accounts
    with pytest.raises(TwilioRestException) as refused:
        accounts.create(friendly_name="another")
    assert (refused.value.status, refused.value.code) == (400, 21480)
    assert len(accounts.list()) == 1


def test_another_account_is_20404(studio: Studio) -> None:
    with pytest.raises(TwilioRestException) as refused:
        studio().client.api.accounts("AC" + "0" * 32).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)
