"""The pytest plugin: the options, and the decision whether this run is a run of the kata at all.

It is installed with the project, so it is also loaded in other projects of the same environment.
There it does nothing. In a run of the kata the conftest.py there calls `begin`, which registers
`kata.run.session.Session`; that does the work.
"""

from __future__ import annotations

import os
from argparse import SUPPRESS
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import pytest

_OWN_OPTIONS = {
    "kata_answers": "--answers",
    "kata_answer": "--answer",
    "kata_real_time": "--real-time",
    "kata_cut_off": "--cut-off",
    "kata_seed": "--seed",
    "kata_workers": "--workers",
    "kata_fresh": "--fresh",
    "kata_timeline": "--timeline",
    "kata_timeline_svg": "--timeline-svg",
}


_ROOT = Path(__file__).parents[2]


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    config = pluginmanager.get_plugin("pytestconfig")
    group = parser.getgroup("kata", "the FastAPI async kata")
    _add_what_is_judged(group)
    _add_how_it_is_run(group)
    if not isinstance(config, pytest.Config) or has_the_settings_of_a_kata(config):
        # Many projects have a `--seed` of their own, and this plugin is loaded there too.
        _add_seed(group)
        _add_what_is_run(group)
    _add_what_is_drawn(group)
    if not pluginmanager.has_plugin("terminal"):
        # The kata's settings ask for it, and with `-p no:terminal` nobody else knows it.
        group.addoption("--no-header", action="store_true", help=SUPPRESS)
        parser.addini("console_output_style", "as the terminal plugin has it")
    if isinstance(config, pytest.Config) and _measures(config):
        pluginmanager.import_plugin("pytest_benchmark.plugin")
    if isinstance(config, pytest.Config) and has_the_settings_of_a_kata(config):
        _import_lightly(config)
    # This is the first moment in which the kata is there, and maybe before pytest loads a conftest.py of the
    # folder in `--answers DIR`: as long as it does not know that option, it takes DIR for tests to run.
    if isinstance(config, pytest.Config):
        _refuse_other_settings(config)
        _refuse_other_conftests(config)


def _import_lightly(config: pytest.Config) -> None:
    """Before the first module of a library that the kata itself needs: what a run can do without is left out."""
    from kata.run import garbage, light_imports

    garbage.collect_nothing(config)
    with light_imports.httpx_without_its_command_line():
        # The settings keep pytest from importing it earlier, with all that httpx then imports.
        config.pluginmanager.import_plugin("respx.plugin")


def _add_what_is_judged(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--answers",
        dest="kata_answers",
        metavar="DIR",
        help="judge the answers in DIR, a folder laid out like exercises/ (--answers=solutions)",
    )
    group.addoption(
        "--answer",
        dest="kata_answer",
        metavar="PATH",
        help="judge this one answer: a file that stands for main.py, or a folder that holds one",
    )


def _add_how_it_is_run(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--real-time",
        dest="kata_real_time",
        action="store_true",
        help="run the specs on the real clock, tolerance 0.3 s (needs a quiet machine, and patience)",
    )
    group.addoption(
        "--cut-off",
        dest="kata_cut_off",
        type=float,
        metavar="SECONDS",
        help="seconds without progress after which a spec is cut off: of CPU time, or twice as many real ones "
        "(default 5)",
    )


def _add_seed(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--seed",
        dest="kata_seed",
        type=int,
        metavar="N",
        help="draw the values of the specs (names, ids, documents) from this seed, which a failure names "
        "(default: another one in each run)",
    )


def _add_what_is_run(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--workers",
        dest="kata_workers",
        type=int,
        metavar="N",
        help="run the exercises in so many processes at a time (default: as many as there are processors; 1: all in "
        "this one, one after the other)",
    )
    group.addoption(
        "--fresh",
        dest="kata_fresh",
        action="store_true",
        help="run all exercises, also those that are solved and in which nothing has changed since",
    )


def _add_what_is_drawn(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--timeline",
        dest="kata_timeline",
        action="store_true",
        help="draw what happened in each spec, also in those that pass",
    )
    group.addoption(
        "--timeline-svg",
        dest="kata_timeline_svg",
        metavar="DIR",
        help="write a picture of what happened in each spec into DIR",
    )


def pytest_configure(config: pytest.Config) -> None:
    _refuse_other_settings(config)


def begin(config: pytest.Config, home: Path) -> None:
    """Make the run, from now on, a run of the kata in the folder `home`. Called by the conftest.py there.

    That is when a run begins, or when pytest comes to the folder: an editor may have opened one above it.
    """
    plugins = config.pluginmanager
    if (collection := plugins.get_plugin("kata-collection")) is not None:
        collection.leave_out_another(home)
        return
    if not plugins.has_plugin("anyio"):
        raise pytest.UsageError("the specs need anyio's pytest plugin: leave `-p no:anyio` out")
    _check_paths(config, home)
    if has_the_settings_of_a_kata(config) and plugins.has_plugin("asyncio"):
        # In its auto mode pytest-asyncio runs every async spec, on a loop of its own, and anyio's plugin the fixtures.
        config.option.asyncio_mode = "strict"
    from kata.run.session import Session

    plugins.register(Session(config, home), "kata-session")


def _is_the_kata(folder: Path) -> bool:
    return (folder / "kata" / "run" / "plugin.py").is_file() and (folder / "exercises").is_dir()


def _refuse_other_settings(config: pytest.Config) -> None:
    """A run of the kata has the kata's settings: not those of an answer, nor those of a folder above."""
    if has_the_settings_of_a_kata(config):
        return
    if _given(config) or _is_of_the_kata_alone(config):
        in_force = config.inipath or "no settings file"
        raise pytest.UsageError(
            f"the settings in force are {in_force}, not the kata's own pyproject.toml: run pytest from the "
            "kata's folder, name what to run (exercises/), and write options with an equals sign "
            "(--answers=DIR)"
        )


def has_the_settings_of_a_kata(config: pytest.Config) -> bool:
    settings = config.inipath
    return (
        settings is not None and settings.name == "pyproject.toml" and _is_the_kata(settings.parent)
    )


def _is_of_the_kata_alone(config: pytest.Config) -> bool:
    """True if nothing is to run that lies outside of a kata."""
    started_in = config.invocation_params.dir
    named: list[str] = config.known_args_namespace.file_or_dir or ["."]
    places = [Path(started_in, name.partition("::")[0]).resolve() for name in named]
    return all(any(map(_is_the_kata, (place, *place.parents))) for place in places)


def _given(config: pytest.Config) -> bool:
    """True if the command line has an option of the kata."""
    names = {str(argument).partition("=")[0] for argument in config.invocation_params.args}
    return not names.isdisjoint(_OWN_OPTIONS.values())


def _measures(config: pytest.Config) -> bool:
    """True if a benchmark is named, or one of pytest-benchmark's options.

    That plugin asks git six questions whenever pytest starts. So the kata's settings leave it out of all other runs.
    """
    if not has_the_settings_of_a_kata(config) or find_spec("pytest_benchmark") is None:
        return False
    named = (str(argument) for argument in config.invocation_params.args)
    return any(
        argument.startswith("--benchmark") or Path(argument).name.startswith("bench_")
        for argument in named
    )


def _refuse_other_conftests(config: pytest.Config) -> None:
    arguments = [str(argument) for argument in config.invocation_params.args]
    taken_for_tests: list[str] = config.known_args_namespace.file_or_dir
    for option, value in pairwise(arguments):
        if option not in ("--answers", "--answer") or value not in taken_for_tests:
            continue
        folder = Path(config.invocation_params.dir, value)
        beside = [folder, *folder.parents, *folder.glob("test*")]
        if any((each / "conftest.py").is_file() for each in beside if each != _ROOT):
            raise pytest.UsageError(
                f"{value} has a conftest.py, which never rules a run of the kata: write {option}={value}"
            )


def _check_paths(config: pytest.Config, home: Path) -> None:
    started_in = config.invocation_params.dir
    answers = config.getoption("kata_answers", None)
    answer = config.getoption("kata_answer", None)
    if answers and answer:
        raise pytest.UsageError("give either --answers=DIR or --answer=PATH, not both")
    for option, value in (("--answers", answers), ("--answer", answer)):
        if not value:
            continue
        path = Path(started_in, value)
        if not os.path.exists(path) and not os.path.exists(home / value):
            raise pytest.UsageError(f"{option}={value}: there is no such file or folder")
        if option == "--answers" and not os.path.isdir(path) and not os.path.isdir(home / value):
            raise pytest.UsageError(
                f"--answers={value}: that is a file; give a folder laid out like exercises/, or use --answer="
            )
    workers = config.getoption("kata_workers", None)
    if workers is not None and workers < 1:
        raise pytest.UsageError("--workers needs a number of processes, 1 or more")
    cut_off = config.getoption("kata_cut_off", None)
    if cut_off is not None and cut_off <= 0:
        raise pytest.UsageError("--cut-off needs a number of seconds above 0")
