#!/usr/bin/env bash
# One would expect: pytest-benchmark, once installed, does nothing where no test uses its fixture `benchmark`.
# What happens: it looks up the commit of the project whenever pytest starts, for the default name of a file that only
#   `--benchmark-autosave` writes: six git processes for a run without any test, one of them `git describe --dirty`, which
#   looks at every file of the work tree.
# Why it matters: each run of each project in the environment waits for it, the longer the more files the project has.
#   With `-p no:benchmark` there are none.
. "$(dirname "$0")/prelude.sh" pytest==9.2.0 pytest-benchmark==5.3.1

mkdir bin project
git=$(command -v git) || { echo "needs git" >&2; exit 2; }
cat >bin/git <<SH
#!/bin/sh
echo "git \$*" >>"$room/asked.txt"
exec "$git" "\$@"
SH
chmod +x bin/git
cd project
git init -q .
echo "def test_nothing(): pass" >test_nothing.py
git add . && git -c user.name=a -c user.email=a@example.org commit -qm "a test"

PATH=$room/bin:$PATH
asked() { # how many git processes a run of pytest starts
    : >"$room/asked.txt"
    pytest -q -p no:cacheprovider "$@" >"$room/out.txt" || { cat "$room/out.txt"; changed "pytest fails"; }
    wc -l <"$room/asked.txt" | tr -d ' '
}
with=$(asked)
describes=$(grep -c 'git describe --dirty' "$room/asked.txt" || true)
without=$(asked -p no:benchmark)
[[ $with == 6 && $describes == 1 && $without == 0 ]] ||
    changed "$with git processes with the plugin, $describes of them describe --dirty, $without without"
seen "$with git processes for one test without a benchmark, $describes of them \`git describe --dirty\`; $without without the plugin"
