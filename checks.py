"""The one list of checks, for the developer and for CI: ``python checks.py [name ...]``."""

import subprocess
import sys

CHECKS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "tests": ["pytest"],  # import order and "every public name in a row" are tests too
}


def main(names):
    unknown = set(names) - set(CHECKS)
    if unknown:
        sys.exit(f"no such check: {', '.join(sorted(unknown))}; there are {', '.join(CHECKS)}")
    for name in names or CHECKS:
        print(f"== {name}", flush=True)
        code = subprocess.call([sys.executable, "-m", *CHECKS[name]])
        if code:
            sys.exit(code)


if __name__ == "__main__":
    main(sys.argv[1:])
