"""Run the benchmarks: python -m benchmarks [name …]; --list names them; python -m benchmarks.fit runs one alone."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def benchmarks() -> dict[str, str]:
    """Each benchmark that can be run, and the first line of its docstring."""
    found = {}
    for path in sorted(FOLDER.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        if not path.stem.startswith("_") and '__name__ == "__main__"' in text:
            found[path.stem] = text.split('"""')[1].splitlines()[0]
    return found


def main() -> int:
    """Run those named, or all, each in a separate process; the exit code is 1 if one failed."""
    known = benchmarks()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help="of the benchmarks; all by default")
    parser.add_argument("--list", action="store_true", help="name them and stop")
    options = parser.parse_args()
    if options.list:
        for name, says in known.items():
            print(f"{name:16}{says}")
        return 0
    if unknown := [name for name in options.names if name not in known]:
        parser.error(f"no benchmark {unknown[0]!r}; there are {', '.join(known)}")
    failed = False
    for name in options.names or known:
        print(f"\n== {name}: {known[name]}", flush=True)
        failed |= subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
