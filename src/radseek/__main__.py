"""`python -m radseek` is the `radseek` command."""

from __future__ import annotations

import sys

from radseek.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
