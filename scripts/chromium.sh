#!/bin/sh
# Prints the path of a Chromium for the browser tests, and installs one if there is none.
set -u

find_chromium() {
    for name in chromium chromium-browser google-chrome google-chrome-stable chrome; do
        command -v "$name" && return 0
    done
    .venv/bin/python - 2>/dev/null <<'PYTHON'
import os, sys
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    path = playwright.chromium.executable_path
    print(path) if os.path.exists(path) else sys.exit(1)
PYTHON
}

if [ -n "${CHROMIUM:-}" ]; then
    echo "$CHROMIUM"
    exit
fi
find_chromium && exit
echo "The browser tests need Chromium; installing it." >&2
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji; } >&2
else
    .venv/bin/playwright install chromium >&2
fi
find_chromium && exit
echo "No Chromium could be installed. Run: sudo apt-get install chromium (or set CHROMIUM=/path/to/chrome)" >&2
exit 1
