#!/usr/bin/env bash
# axe-core for the test that looks at the pages as assistive technology does; never shipped. Does
# nothing where it is there already; without npm or network the test is skipped and says so.
set -euo pipefail
VERSION=4.10.3
if [ -f "build/axe/node_modules/axe-core/axe.min.js" ]; then
	exit 0
fi
mkdir -p build/axe
npm install --prefix build/axe --no-package-lock --no-audit --no-fund --silent "axe-core@$VERSION" ||
	echo "no axe-core: its test is skipped (needs npm)" >&2
