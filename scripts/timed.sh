#!/usr/bin/env bash
# Runs a command and says how long it took: timed.sh NAME COMMAND...
set -u
name=$1
shift
start=$SECONDS
"$@"
status=$?
printf '%s: %d min %02d s\n' "$name" $(((SECONDS - start) / 60)) $(((SECONDS - start) % 60))
exit $status
