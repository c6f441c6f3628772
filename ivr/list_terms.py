"""What a list is checked with in this home: its product catalogue, calendar, batch watch and key."""

from __future__ import annotations

from datetime import datetime

from dialer.lists.examine import Terms
from dialer.lists.kinds import load_kind
from dialer.lists.products import SAMPLE, load_products
from dialer.lists.watch import SHIPPED, load_limits
from ivr.home import Home


def list_terms(home: Home, kind: str, now: datetime) -> Terms:
    """The terms for a list of this kind; the home's own files stand in for the shipped ones."""
    products, watch = home.products_file, home.root / "watch.toml"
    return Terms(
        kind=load_kind(kind),
        products=load_products(products if products.exists() else SAMPLE),
        secret=home.customer_key(),
        now=now,
        calendar=home.calendar(),
        limits=load_limits(kind, watch if watch.exists() else SHIPPED),
    )
