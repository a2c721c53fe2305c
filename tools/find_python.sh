#!/usr/bin/env bash
# Print the path of a Python that can build the environment: 3.12 or newer, with venv and pip.
# Looks in the environment itself, on PATH, in pyenv and in uv; prints one sentence if there is none.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

# The real interpreter behind a name or shim, if it is new enough and complete.
suits() {
    "$1" -c 'import sys, venv, ensurepip
if sys.version_info < (3, 12): sys.exit(1)
print(getattr(sys, "_base_executable", sys.executable))' 2>/dev/null
}

candidates() {
    echo .venv/bin/python
    printf '%s\n' python3.12 python3.13 python3.14 python3 python
    for root in "${PYENV_ROOT:-}" "${HOME:-}/.pyenv" /opt/pyenv; do
        [ -d "$root/versions" ] && ls -d "$root"/versions/3.{12,13,14}*/bin/python 2>/dev/null
    done
    printf '%s\n' /usr/local/bin/python3.1{2,3,4} /opt/homebrew/bin/python3.1{2,3,4}
    uv python find '>=3.12' 2>/dev/null
}

while read -r candidate; do
    suits "$candidate" && exit 0
done < <(candidates)

echo "siting needs Python 3.12 or newer with venv, and none was found: install it with your" \
    "package manager (python3.12 and python3.12-venv), \`pyenv install 3.12\` or" \
    "\`uv python install 3.12\`, and run make again." >&2
exit 1
