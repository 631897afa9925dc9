#!/usr/bin/env bash
# One would expect: a command of a tox environment is one of that environment. A tool that its `deps` forget is refused, as
#   tox alone does: "pytest is not allowed, use allowlist_externals to allow it".
# What happens: with the plugin tox-uv the command runs, taken from the environment in which tox itself is installed, with the
#   packages and the versions of that one, and the environment is OK.
# Why it matters: the tests run against other versions than `deps` names, and on another interpreter perhaps. It shows on the
#   machine that has no such tool beside tox. `python -m pytest` in the commands always takes the environment's own.
. "$(dirname "$0")/prelude.sh" tox==4.67.15 pytest==9.2.0

cat >tox.ini <<'INI'
[tox]
env_list = bare
[testenv]
skip_install = true
commands = pytest --version
INI
alone=0 with=0
tox -q >alone.txt 2>&1 || alone=$?
pip install --quiet --disable-pip-version-check tox-uv==1.37.1
rm -rf .tox
tox -q >with.txt 2>&1 || with=$?
[[ $alone != 0 && $with == 0 ]] || changed "exit status $alone without tox-uv, $with with it"
[[ ! -e .tox/bare/bin/pytest ]] || changed "the environment has a pytest of its own"
grep -q "not allowed" alone.txt || changed "$(tail -n 1 alone.txt)"
grep -q "^pytest 9.2.0" with.txt || changed "$(tail -n 1 with.txt)"
seen "no deps: tox alone refuses pytest, and with tox-uv 1.37.1 \"$(grep '^pytest' with.txt)\" of tox's own environment runs"
