"""The folder of the kata that these scripts belong to."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
