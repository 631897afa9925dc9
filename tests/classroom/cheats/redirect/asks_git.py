"""It asks git for the solution.

Exercise: 01
Is for: redirecting the work to the history
Ends: gets what its work deserves
At most: 0
"""

import subprocess
from pathlib import Path

import kata

told = subprocess.run(
    ["git", "show", "HEAD:solutions/01_first_async_endpoint/main.py"],
    cwd=Path(kata.__file__).parents[1],
    capture_output=True,
    text=True,
    check=True,
)
exec(compile(told.stdout, "main.py", "exec"))
