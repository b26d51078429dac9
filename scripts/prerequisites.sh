#!/bin/sh
# Names the first thing that is missing before anything is installed, with the command that installs it.
set -u

missing() {
    echo "seqsal needs $1. On Debian or Ubuntu: $2" >&2
    exit 1
}

python=${1:?usage: prerequisites.sh PYTHON}
[ "$python" != none ] ||
    missing "Python 3.11 or 3.12" "sudo apt-get install python3 python3-venv python3-dev (or set PYTHON=/path/to/python3.12)"
"$python" -c 'import venv, ensurepip' 2>/dev/null ||
    missing "Python's venv module" "sudo apt-get install python3-venv"
"$python" -c 'import os, sysconfig, sys; sys.exit(not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")))' ||
    missing "Python's headers (a dependency of lit-nlp is compiled)" "sudo apt-get install python3-dev"
command -v c++ >/dev/null || command -v g++ >/dev/null ||
    missing "a C++ compiler (a dependency of lit-nlp is compiled)" "sudo apt-get install g++"
node=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')
[ "${node:-0}" -ge 20 ] ||
    missing "Node.js 20 or newer (found: $(node --version 2>/dev/null || echo none))" "see https://nodejs.org/en/download, or sudo apt-get install nodejs npm where that is 20 or newer"
command -v npm >/dev/null || missing "npm" "sudo apt-get install npm"
