"""`python -m exchange`."""

import sys

from exchange.command import main

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
