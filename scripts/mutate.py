"""Mutation: change the reference answers a little, one change at a time, and see that a spec fails.

    python scripts/mutate.py                     all references
    python scripts/mutate.py 05 07               some of them
    python scripts/mutate.py 07 --list           what would be changed, without running anything
    python scripts/mutate.py 07 --only commit    the changes whose name or text holds a word
    python scripts/mutate.py --sample 1          one change for each operator and exercise

A change that no spec sees has *survived*. Either a spec is missing, or the changed program does the same as the
reference; then the argument for that stands in `scripts/mutation/equivalent.toml`. The command fails if a survivor has
no argument, if an argument is out of date, or, in a run of all references, if less than 98 % of all changes are caught.
Changes with an argument count as not caught.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.mutation.command import main

if __name__ == "__main__":
    raise SystemExit(main(__doc__))
