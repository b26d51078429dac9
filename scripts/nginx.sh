#!/bin/sh
# Installs nginx for the browser tests if there is none.
set -u
PATH="$PATH:/usr/sbin:/usr/local/sbin"
command -v nginx >/dev/null && exit
echo "The browser tests need nginx; installing it." >&2
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq nginx-light; } >&2
fi
command -v nginx >/dev/null && exit
echo "No nginx could be installed. Run: sudo apt-get install nginx-light" >&2
exit 1
