"""Agents without browsers: each looks at the desk over HTTP, answers, pauses, and now and then is gone."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.shift import Shift

CSRF = re.compile(r'name="csrf" content="([^"]+)"')
AWAY = (30.0, 150.0)
"""Seconds of the clock for which an agent has disappeared."""
STAYS = (60.0, 400.0)
"""Seconds of the clock after which an agent disappears."""
LINE_AFTER = 20.0
"""Seconds of the clock after which a page makes its line anew that does not stand."""
Document = dict[str, Any]
Posted = tuple[int, int, str]
"""Call, turn, and what was chosen."""


@dataclass
class Agent:
    """An agent: a session at the pages, a telephone at the exchange, the dice of what happens to both."""

    world: Shift
    user_id: int
    application: str
    auth: tuple[str, str]
    dice: random.Random
    pages: requests.Session = field(default_factory=requests.Session)
    csrf: str = ""
    line: str = ""
    line_at: float = -1e9
    back_at: float = 0.0
    at: float = 0.0
    calm: bool = False
    pending: Posted | None = None
    posted: set[Posted] = field(default_factory=set)
    taken: set[Posted] = field(default_factory=set)
    gone: int = 0

    def __post_init__(self) -> None:
        self.leaves_at = self.world.now().timestamp() + self.dice.uniform(*STAYS)

    def act(self, at: float) -> None:
        """One look at the desk and what follows from it; a server that is down is tried again later."""
        self.at = at
        if at < self.back_at:
            return
        try:
            self._sign_in()
            if self.pending is None:
                self._see(self._get())
            else:
                self._answer(*self.pending)
        except requests.ConnectionError:
            pass

    def leave(self, seconds: float | None = None) -> None:
        """The page is closed, the telephone is off."""
        self.gone += 1
        self.back_at = self.at + (seconds or self.dice.uniform(*AWAY))
        if self.line:
            self._exchange(f"calls/{self.line}/hang-up")
        self.line, self.line_at = "", -1e9
        self.leaves_at = self.back_at + self.dice.uniform(*STAYS)

    def _sign_in(self) -> None:
        if not self.csrf:
            self.pages.cookies.set("huifang", self.world.cookie(self.user_id))
            found = CSRF.search(self.pages.get(f"{self.world.url}/desk", timeout=10).text)
            assert found is not None
            self.csrf = found[1]

    def _see(self, desk: Document) -> None:
        agent, call = desk["agent"], desk["call"]
        if agent["state"] == "off":
            self._post("state", to="on")
        elif not agent["leg"]:
            self._stand()
        elif agent["state"] == "paused":
            if self.calm or self._happens(0.5):
                self._post("state", to="ready")
        elif agent["state"] == "wrapup":
            self._post("state", to="done")
        elif agent["state"] == "talking":
            self._talk(call)
        elif not self.calm and self._happens(0.02):
            self._post("state", to="paused", reason="rest")
        if not self.calm and self.at > self.leaves_at:
            self.leave()

    def _stand(self) -> None:
        """Call the application; where that was done, say as the page does that the line stands."""
        if self.at - self.line_at < LINE_AFTER:
            if self.line:
                self._post("standing", leg=self.line)
            return
        body = {"identity": f"agent_{self.user_id}", "application": self.application}
        self.line, self.line_at = self._exchange("devices", **body)["sid"], self.at

    def _talk(self, call: Document) -> None:
        step = call["step"]
        if step is None or call["ended_at"]:
            return
        path, dice = f"calls/{call['id']}", self.dice.random()
        if self.calm or dice < 0.9:
            answers = [one["category"] for one in step["answers"]]
            if answers and not self.calm:
                self._answer(call["id"], call["turn"] + 1, answers[self._happens(0.05) and len(answers) > 1])
        elif dice < 0.93:
            self._post(f"{path}/hangup")
        elif dice < 0.95:
            self._post(f"{path}/hold", on=not call["held"])
        elif dice < 0.97:
            self._post(f"{path}/transfer", to="queue")
        elif step["robot"]:
            self._post(f"{path}/robot")

    def _answer(self, call_id: int, n: int, choice: str) -> None:
        """Post an answer until the server has said something to it, as the page does; some keys bounce."""
        self.pending = (call_id, n, choice)
        self.posted.add(self.pending)
        if self._post(f"calls/{call_id}/turns/{n}", choice=choice).status_code == 200:
            self.taken.add(self.pending)
            if self._happens(0.1):
                self._post(f"calls/{call_id}/turns/{n}", choice=choice)
        self.pending = None

    def _get(self) -> Document:
        answer = self.pages.get(
            f"{self.world.url}/desk/now", headers={"Accept": "application/json"}, timeout=10
        )
        assert answer.status_code == 200, answer.text
        found: Document = answer.json()
        return found

    def _post(self, path: str, **body: object) -> requests.Response:
        headers = {"X-CSRF-Token": self.csrf, "Accept": "application/json"}
        answer = self.pages.post(f"{self.world.url}/desk/{path}", json=body, headers=headers, timeout=10)
        assert answer.status_code in (200, 404, 409), answer.text
        return answer

    def _exchange(self, path: str, **body: object) -> Document:
        answer = requests.post(f"{self.world.exchange}/control/{path}", json=body, auth=self.auth, timeout=10)
        return answer.json() if answer.status_code == 201 else {"sid": ""}

    def _happens(self, chance: float) -> bool:
        return self.dice.random() < chance
