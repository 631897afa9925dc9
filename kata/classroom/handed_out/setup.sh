#!/usr/bin/env bash
# Gradescope runs this once, when it builds the image. Its own Python is older than the kata needs.
set -euo pipefail
export UV_PYTHON_INSTALL_DIR=/opt/kata-python
python3 -m pip install --quiet uv
python3 -m uv venv --python 3.13 /opt/kata-environment
cp -r /autograder/source/kata /opt/kata
VIRTUAL_ENV=/opt/kata-environment python3 -m uv pip install -c /opt/kata/constraints.txt -e /opt/kata
useradd --system --shell /usr/sbin/nologin kata-answer || true
# The answers' user reads the kata, which has no secret, and nothing that Gradescope keeps.
chmod -R o=rX /opt/kata /opt/kata-environment /opt/kata-python
chmod -R o= /autograder
