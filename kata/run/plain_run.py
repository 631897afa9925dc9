"""Whether a run is a plain one: with pytest's own plugins and the kata's, and nobody who looks on."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

_KNOWN = (
    *("_pytest.", "kata.", "anyio.", "respx.", "time_machine.", "pytest_benchmark."),
    # Installed with pytest-xdist and pytest-cov. What does the work there is another module of theirs.
    *("xdist.plugin.", "xdist.looponfail.", "pytest_cov.plugin.", "platformdirs."),
)
"""How the modules of plugins begin that do not mind where, and whether, a spec is run."""


def stranger(config: pytest.Config, root: Path) -> str | None:
    """The name of a plugin that nobody here knows: it may look at what the specs do, or at what comes of them."""
    for name, plugin in config.pluginmanager.list_name_plugin():
        if plugin is None:  # turned off with `-p no:name`
            continue
        module: str = getattr(plugin, "__name__", None) or type(plugin).__module__
        file = getattr(plugin, "__file__", None)
        if file is not None and Path(file) == root / "conftest.py":
            continue
        if name == "_cov" or not f"{module}.".startswith(_KNOWN):
            return name
    return None


def is_traced() -> bool:
    """A debugger or a tool that measures coverage looks at each line."""
    monitoring = getattr(sys, "monitoring", None)
    watched = monitoring is not None and any(map(monitoring.get_tool, range(6)))
    return sys.gettrace() is not None or sys.getprofile() is not None or watched
