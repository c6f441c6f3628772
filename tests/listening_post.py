"""Another system that is told of results: a real HTTP server that remembers what it got."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class ListeningPost:
    """Answers with the statuses of `answers` in turn, the last one from then on; `got` what it took."""

    answers: list[int] = field(default_factory=lambda: [204])
    asked: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    got: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    def answer(self, headers: dict[str, str], body: bytes) -> int:
        self.asked.append((headers, body))
        status = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if status < 300:
            self.got.append(json.loads(body))
        return status


@contextmanager
def listening() -> Iterator[ListeningPost]:
    """A post that listens on this machine."""
    post = ListeningPost()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(
                post.answer({name.lower(): value for name, value in self.headers.items()}, body)
            )
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        post.url = f"http://127.0.0.1:{server.server_port}/told"
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield post
        server.shutdown()
        thread.join()
