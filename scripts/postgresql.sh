#!/bin/sh
# Installs PostgreSQL for the tests of the store and of several servers if there is none.
set -u
found() { command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
found && exit
echo "Tests need PostgreSQL; installing it." >&2
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql; } >&2
fi
found && exit
echo "No PostgreSQL could be installed. Run: sudo apt-get install postgresql" >&2
# Elsewhere those tests are skipped by name.
[ -z "${CI:-}" ]
