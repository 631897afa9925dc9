"""Who asks for a cluster and has no dask is told what to install, before anything else is tried."""

import sys

import pytest

from kata.classroom.grading.scheduler import client_of
from kata.classroom.refusal import Refusal


def test_a_cluster_without_dask_is_refused_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(Refusal, match=r"run `pip install \"fastapi-async-kata\[cluster\]\"`"),
        client_of("tcp://127.0.0.1:1"),
    ):
        pass
