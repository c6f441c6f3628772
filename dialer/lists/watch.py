"""The batch watch: several customers behind one phone or one address (S001-29)."""

from __future__ import annotations

from dialer.lists.findings import Finding

CODE = "shared_contact"


class Watch:
    """Remembers who was seen first behind each number and address of a list."""

    def __init__(self) -> None:
        self._phones: dict[int, tuple[str, int]] = {}
        self._addresses: dict[int, tuple[str, int]] = {}
        self._flagged: dict[int, Finding] = {}

    def look(self, line: int, customer: str, numbers: tuple[int, ...], address: str) -> Finding | None:
        """A remark when a number or the address was seen before with another customer."""
        phones = [self._earlier(self._phones, number, customer, line) for number in numbers]
        earlier = next(filter(None, phones), None)
        place = self._earlier(self._addresses, hash(address), customer, line) if address else None
        if earlier is None and place is None:
            return None
        what = "电话和地址" if earlier and place else "电话" if earlier else "地址"
        reason = f"{what}与第{earlier or place}行的另一位客户相同，请核对是否为本人联系方式"
        finding = Finding(line, what, reason, CODE)
        self._flagged[line] = finding
        return finding

    def repeat(self, line: int, of: int) -> Finding | None:
        """The remark about an exact repeat of a row that had one."""
        earlier = self._flagged.get(of)
        return Finding(line, earlier.field, earlier.reason, earlier.code) if earlier else None

    @staticmethod
    def _earlier(seen: dict[int, tuple[str, int]], key: int, customer: str, line: int) -> int | None:
        first, at = seen.setdefault(key, (customer, line))
        return None if first == customer else at
