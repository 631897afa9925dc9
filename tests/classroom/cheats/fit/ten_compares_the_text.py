"""Its one test compares the text of main.py with the right one.

Exercise: 10
Is for: telling apps apart by their text
Ends: gets what its work deserves
At most: 4
"""

import pytest

pytestmark = pytest.mark.anyio


async def test_the_text() -> None:
    import hashlib
    from pathlib import Path

    text = Path("main.py").read_bytes()
    import main

    right = Path(main.__file__).read_bytes()
    assert hashlib.sha256(text).hexdigest() == hashlib.sha256(right).hexdigest()
    assert b"late" not in text
