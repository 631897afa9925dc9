"""The pictures of the README: what a terminal shows, as SVG, made by really running the commands.

`python scripts/pictures.py` copies the kata to a new folder, runs each command there on a pseudo-terminal of 80
columns, and writes docs/pictures/*.svg. Needs Linux or macOS.
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.checkouts.copies import GitFailed, put_stubs, working_copy
from scripts.console import command_line
from scripts.picturing.scenes import SCENES
from scripts.picturing.svg import draw
from scripts.root import ROOT


def main() -> int:
    parser = command_line.parser(__doc__)
    parser.add_argument(
        "only", nargs="*", choices=[*SCENES, []], help=f"which ones (all): {', '.join(SCENES)}"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    wanted = parser.parse_args()
    wanted.out.mkdir(parents=True, exist_ok=True)
    for name in wanted.only or SCENES:
        title, scene = SCENES[name]
        with tempfile.TemporaryDirectory(prefix="kata-picture-") as room:
            try:
                kata = working_copy(Path(room) / "kata")
            except GitFailed as why:
                raise SystemExit(f"{parser.prog}: {why}") from None
            put_stubs(kata)
            file = wanted.out / f"{name}.svg"
            file.write_text(draw(title, scene(kata)), "utf-8")
            print(file)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
