"""`python -m clv` is the command `rfm-clv`."""

import sys

from clv._command.command import main

if __name__ == "__main__":
    sys.exit(main())
