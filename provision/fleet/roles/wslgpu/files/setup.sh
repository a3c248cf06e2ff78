#!/bin/sh
# sh setup.sh DIR OPTIONS...: the first command of the README, and whether it changed anything: the tool's link or DIR's.
# The environment's own messages are those of wslgpu; nothing is decided here.
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P) || exit 2
provision=$(dirname -- "$(dirname -- "$(dirname -- "$(dirname -- "$here")")")")
links() { readlink "$HOME/.local/share/wslgpu/tool" "$1/.venv"; }
before=$(links "$1")
sh "$provision/ubuntu.sh" --yes "$@" </dev/null
code=$?
if [ "$before" = "$(links "$1")" ]; then echo 'wslgpu-fleet: unchanged'; else echo 'wslgpu-fleet: changed'; fi
exit $code
