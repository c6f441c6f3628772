"""Numbers that can be bought: https://www.twilio.com/docs/phone-numbers/api/availablephonenumber-resource."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from aiohttp import web
from multidict import MultiMapping

from exchange.account import Account
from exchange.directory import Directory
from exchange.errors import RestError
from exchange.numerals import is_whole
from exchange.rest.bodies import formatted
from exchange.rest.door import BOARD, Handler, missing

KINDS = {"Local": "local", "Mobile": "mobile", "TollFree": "toll-free"}
"""The kinds of numbers, by their name in addresses."""

_MOST = 30  # https://github.com/twilio/twilio-node/issues/316
_PARTS = {"Local": "local", "Mobile": "mobile", "TollFree": "toll_free"}
_COUNTRIES = {
    "CN": ("China", {"Local": "+8610********", "Mobile": "+86138********", "TollFree": "+86400*******"}),
    "GB": (
        "United Kingdom",
        {"Local": "+4420********", "Mobile": "+4477********", "TollFree": "+44800*******"},
    ),
    "HK": ("Hong Kong", {"Local": "+8522*******", "Mobile": "+8526*******"}),
    "US": ("United States", {"Local": "+1415*******", "TollFree": "+1888*******"}),
}
_TOLL_FREE = re.compile(r"\+1(?:800|833|844|855|866|877|888)|\+86[48]00|\+44800")
_MOBILE = re.compile(r"\+861[3-9]|\+447|\+852[5679]")
_FIRST = 5_550_100
_LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")


async def countries(request: web.Request) -> web.StreamResponse:
    """The countries whose numbers the exchange has on offer; any other number can be bought as well."""
    account = request.app[BOARD].account
    offered = [_country(code, account) for code in _COUNTRIES]
    return web.json_response({"countries": offered, "uri": f"{account.uri}/AvailablePhoneNumbers.json"})


async def country(request: web.Request) -> web.StreamResponse:
    """One country."""
    code = request.match_info["country"]
    if code not in _COUNTRIES:
        raise missing(request)
    return web.json_response(_country(code, request.app[BOARD].account))


def listing(kind: str) -> Handler:
    """A handler that offers numbers of this kind."""

    async def listed(request: web.Request) -> web.StreamResponse:
        """Numbers nobody has bought yet, at most thirty; they lie nowhere, so filters by place do nothing."""
        code, query = request.match_info["country"], request.query
        template = _COUNTRIES.get(code, ("", {}))[1].get(kind)
        if template is None:
            raise missing(request)
        found = islice(fresh(request.app[BOARD].directory, _narrowed(template, query)), _size(query))
        can_all = not any(_true(query, name) for name in ("SmsEnabled", "MmsEnabled", "FaxEnabled"))
        offered = [_body(number, code) for number in found] if can_all else []
        return web.json_response({"available_phone_numbers": offered, "uri": request.path})

    return listed


def fresh(directory: Directory, template: str) -> Iterator[str]:
    """Numbers like this that the account does not have, a digit for every star."""
    stars = template.count("*")
    for place in range(10 ** min(stars, 7)):
        digits = iter(str(_FIRST + place).rjust(stars, "0")[-stars:]) if stars else iter("")
        number = "".join(next(digits) if sign == "*" else sign for sign in template)
        if directory.number(number) is None:
            yield number


def kind_of(number: str) -> str:
    """What kind of number this is, as far as its digits tell."""
    if _TOLL_FREE.match(number):
        return "toll-free"
    return "mobile" if _MOBILE.match(number) else "local"


def capabilities() -> dict[str, bool]:
    """What numbers of the exchange can do: it carries voice only."""
    return {"voice": True, "sms": False, "mms": False, "fax": False}


def _country(code: str, account: Account) -> dict[str, Any]:
    name, kinds = _COUNTRIES[code]
    path = f"{account.uri}/AvailablePhoneNumbers/{code}"
    return {
        "country_code": code,
        "country": name,
        "uri": f"{path}.json",
        "beta": False,
        "subresource_uris": {_PARTS[kind]: f"{path}/{kind}.json" for kind in kinds},
    }


def _body(number: str, code: str) -> dict[str, Any]:
    nowhere = dict.fromkeys(
        ("lata", "locality", "rate_center", "latitude", "longitude", "region", "postal_code")
    )
    return nowhere | {
        "friendly_name": formatted(number),
        "phone_number": number,
        "iso_country": code,
        "address_requirements": "none",
        "beta": False,
        "capabilities": capabilities(),
    }


def _narrowed(template: str, query: MultiMapping[str]) -> str:
    """The template with the area code and the digits that were asked for."""
    if area := query.get("AreaCode", ""):
        if not re.fullmatch(r"[2-9]\d\d", area):
            raise RestError(400, 21451, f"AreaCode is not valid: {area}")
        if template.startswith("+1"):
            template = f"+1{area}*******"
    wanted = query.get("Contains", "").upper().translate(_LETTERS).lstrip("+")
    if not re.fullmatch(r"[\d*]{0,16}", wanted):
        raise RestError(400, 20001, "Contains may hold digits, letters and *")
    return f"{template[: max(1, len(template) - len(wanted))]}{wanted}"


def _true(query: MultiMapping[str], name: str) -> bool:
    return query.get(name, "").lower() == "true"


def _size(query: MultiMapping[str]) -> int:
    text = query.get("PageSize", "")
    if text and (not is_whole(text) or not 1 <= int(text) <= 1000):
        raise RestError(400, 20007, "Page size must be between 1 and 1000")
    return min(int(text or _MOST), _MOST)
