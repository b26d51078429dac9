#!/bin/sh
# Prints the first Python 3.11 or 3.12 that runs, or "none".
for python in python3.12 python3.11 python3 python; do
    if "$python" -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2>/dev/null; then
        command -v "$python"
        exit
    fi
done
echo none
