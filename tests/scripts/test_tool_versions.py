"""pre-commit runs the versions of the tools with which the `lint` environment was tried."""

import re

from scripts.root import ROOT

TOOLS = {"astral-sh/ruff-pre-commit": "ruff", "crate-ci/typos": "typos"}


def test_pre_commit_has_the_versions_of_the_tested_set() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    tested = dict(
        re.findall(
            r"^([a-z-]+)==([\d.]+)", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE
        )
    )

    found = re.findall(r"repo: https://github\.com/(\S+)\s+rev: v([\d.]+)", hooks)
    assert {TOOLS[repository]: version for repository, version in found} == {
        name: tested[name] for name in TOOLS.values()
    }
