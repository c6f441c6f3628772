"""A core system to try a PolicySource with: answers from a CSV file, which may be edited while it runs.

    python -m bench.policies policies.csv [--port 8400]

The file has the columns `key` (policy or claim number), `state`, `phones` (several with a slash) and any
facts. An empty cell says nothing; a policy that is not in the file is still due. docs/integration.md has the
protocol.
"""

from __future__ import annotations

import argparse
import csv
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

OWN = ("key", "state", "phones")


def answer(file: Path, key: str) -> dict[str, object]:
    """What the file says of a policy."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        row = next((row for row in csv.DictReader(lines) if row["key"] == key), {})
    facts = {name: value for name, value in row.items() if value and name not in OWN}
    phones = [phone for phone in (row.get("phones") or "").split("/") if phone]
    return {"state": row.get("state") or "open", "facts": facts, "phones": phones}


class Handler(BaseHTTPRequestHandler):
    """POST with a JSON body; everything else is no question."""

    file: ClassVar[Path]
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer one question."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps(answer(self.file, asked["key"]), ensure_ascii=False).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Policy numbers belong in no log."""


def server(file: Path, port: int) -> ThreadingHTTPServer:
    """The server, not yet running; port 0 takes a free one."""
    return ThreadingHTTPServer(("127.0.0.1", port), type("Policies", (Handler,), {"file": file}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("file", type=Path)
    parser.add_argument("--port", type=int, default=8400)
    options = parser.parse_args()
    print(f"http://127.0.0.1:{options.port}/ answers from {options.file}", flush=True)
    server(options.file, options.port).serve_forever()


if __name__ == "__main__":
    main()
