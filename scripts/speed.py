"""How long a learner waits: the time of a run, as a ratio to the bare imports of the libraries that it needs.

    python scripts/speed.py                      this checkout, beside the goals
    python scripts/speed.py --against HEAD~3     and beside the kata as it was there

Everything is measured in one go, in turns, so that a busy moment of the machine slows all alike; the medians are
compared. CPU seconds are user and system, of all processes. Memory is looked at in turns of its own. Each checkout is a
copy in a temporary folder; with `--against` each also gets a virtual environment of its own, with its own
constraints. Exit code 1 if this checkout misses a goal.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.measurement.command import main

if __name__ == "__main__":
    raise SystemExit(main(__doc__))
