"""All of its tests are skipped.

Exercise: 10
Is for: tests that show nothing
Ends: gets what its work deserves
At most: 0
"""

import pytest


@pytest.mark.skip
def test_nothing() -> None: ...
