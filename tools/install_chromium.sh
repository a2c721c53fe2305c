#!/usr/bin/env bash
# Chromium for the tests that drive the pages. Does nothing where it is there already; needs root
# and a Debian or Ubuntu to install it, and says so elsewhere.
set -euo pipefail
if command -v chromium >/dev/null || command -v chromium-browser >/dev/null; then
	exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
	echo "no Chromium: the tests in a browser are skipped (install chromium, or run $0 as root)" >&2
	exit 0
fi
echo "installing chromium for the tests in a browser"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
