#!/usr/bin/env bash
# Install this checkout with the extras named, and the pinned packages, into .venv: by uv where there
# is one that finds them, in a tenth of pip's time. Python compiles what is imported, when it first is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
wanted=(--quiet --constraint constraints.txt --editable ".[$1]")
uv pip install --python .venv/bin/python "${wanted[@]}" 2>/dev/null ||
	.venv/bin/python -m pip install --no-input --disable-pip-version-check --no-compile "${wanted[@]}"
