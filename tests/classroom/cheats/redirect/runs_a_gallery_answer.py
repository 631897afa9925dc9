"""It looks for a right answer among the tests of the kata.

Exercise: 08
Is for: redirecting the work to the gallery
Ends: gets what its work deserves
At most: 0
"""

from pathlib import Path

import kata

right = Path(kata.__file__).parents[1] / "tests" / "gallery" / "08_parallel_tasks" / "right"
exec(compile(next(right.glob("*.py")).read_text("utf-8"), "main.py", "exec"))
