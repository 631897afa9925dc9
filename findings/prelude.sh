# Sourced by each finding, with what it needs: `. "$(dirname "$0")/prelude.sh" package==1.2`.
# Makes a temporary folder with a virtual environment, goes there, and removes it at the end.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV PYTEST_ADDOPTS PYTEST_PLUGINS
python3 -m venv venv
PATH=$room/venv/bin:$PATH
pip install --quiet --disable-pip-version-check "$@"
echo "version: Python $(python -c 'import platform; print(platform.python_version())'), $*"

seen() { # what it does, in one line
    echo "seen: $*"
}

changed() { # what it does now, in one line
    echo "CHANGED: $*"
    exit 1
}
