"""`python -m ivr.live HOST PORT PARENT`: what `huifang serve` starts beside the web process."""

import sys

from ivr.live.server import run

if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
