"""`python -m clv` is the command `rfm-clv`."""

import sys

from clv._cli import main

if __name__ == "__main__":
    sys.exit(main())
