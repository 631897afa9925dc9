"""It looks for the reference answer and runs it.

Exercise: 01
Is for: redirecting the work to the solution
Ends: gets what its work deserves
At most: 0
"""

from pathlib import Path

import kata

place = Path(kata.__file__).parents[1] / "solutions" / "01_first_async_endpoint" / "main.py"
exec(compile(place.read_text("utf-8"), "main.py", "exec"))
