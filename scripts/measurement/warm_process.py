"""The program of a process that has the imports behind it, as that of `kata watch` has, and judges what it is told.

It runs with the Python of the checkout that is measured, and imports that checkout's kata. On each line of its input,
an exercise's name, it judges the reference and answers with a line of JSON.
"""

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any


def engine() -> Any:
    for name in ("kata.run.engine", "kata.engine"):  # where it is, and where it was in 1.0
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as missing:
            if not name.startswith(str(missing.name)):
                raise
    raise SystemExit("this checkout has no engine that runs a spec")


def cpu() -> float | None:
    """Seconds of this process and of the runs that have ended; Windows has nobody to ask."""
    if sys.platform == "win32":
        return None
    import resource

    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def main() -> None:
    kata = engine()
    kata.warm_up()
    print("warm", flush=True)
    for line in sys.stdin:
        exercise = line.strip()
        before, begun = cpu(), time.perf_counter()
        came = kata.run_spec(exercise, Path("solutions") / exercise)
        seconds, after = time.perf_counter() - begun, cpu()
        used = None if before is None or after is None else after - before
        failed = [] if came.solved else [spec.name for spec in came.failed] or [came.ended]
        print(json.dumps({"seconds": seconds, "cpu": used, "failed": failed}), flush=True)


if __name__ == "__main__":
    main()
