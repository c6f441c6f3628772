"""Run every measurement: `make bench`. A quiet machine and half an hour."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

MEASUREMENTS = (
    "engine",
    "proofs",
    "webhook",
    "claims",
    "gate",
    "dnc",
    "imports",
    "exchange",
    "desk",
    "progressive",
    "hotline",
)


def main() -> None:
    """Name the machine, then run one measurement after the other."""
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}", flush=True)
    for name in MEASUREMENTS:
        print(f"\n## python -m bench.{name}", flush=True)
        subprocess.run([sys.executable, "-m", f"bench.{name}"], check=True)


if __name__ == "__main__":
    main()
