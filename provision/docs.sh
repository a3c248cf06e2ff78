#!/bin/sh
# The documentation site from nothing: an environment of its own, the pages made from the code's data, a strict build.
# CRLF line ends of a clone made on Windows: as in ubuntu.sh.
if grep -q "$(printf '\r')" "$0" 2>/dev/null; then d=$(dirname "$0") && c=$(mktemp -d) && for f in docs common; do tr -d '\r' <"$d/$f.sh" >"$c/$f.sh"; done && WSLGPU_FROM="$d" WSLGPU_COPY="$c" exec sh "$c/docs.sh" "$@"; fi #
set -u

usage() {
    cat <<'TEXT'
Usage: sh provision/docs.sh [--yes] [--serve | --browser]

Makes an environment under .wslgpu-dev/ of the checkout, and builds the documentation site in .wslgpu-dev/site, strictly:
a link that leads nowhere fails. A second run uses the environment again.

  --serve    shows it at http://127.0.0.1:8000/ until Ctrl-C, and builds anew when a page changes
  --browser  opens site, onboarding page and report in a headless chromium (Debian's), and tests them
  --yes      agrees to sudo apt-get, where python3-venv is missing
  --help     this text

Example: sh provision/docs.sh --serve
TEXT
}

here=$(CDPATH='' cd -- "${WSLGPU_FROM:-$(dirname -- "$0")}" && pwd -P) || exit 2
copy=${WSLGPU_COPY:-}
unset WSLGPU_FROM WSLGPU_COPY
root=$(dirname -- "$here")
log=/dev/null yes=0 verb=build
for a in "$@"; do
    case $a in
    -h | --help) usage; exit 0 ;;
    --yes) yes=1 ;;
    --serve) verb=serve ;;
    --browser) verb=browser ;;
    *) usage >&2; exit 2 ;;
    esac
done

# shellcheck source=provision/common.sh
. "${copy:-$here}/common.sh" || exit 2
[ -f "$root/mkdocs.yml" ] || stop 2 "looking for wslgpu's pages" \
    "there are none in $root." "run the script from a clone or an unpacked archive: sh provision/docs.sh"
open_work

dev=$root/.wslgpu-dev
if ! { mkdir -p "$dev" && echo '*' >"$dev/.gitignore"; } 2>/dev/null; then
    dev=$XDG_CACHE_HOME/wslgpu/dev-$(printf '%s' "$root" | sha256sum | cut -c 1-8)
    mkdir -p "$dev" 2>"$log" || stop 1 "making $dev" "neither it nor the checkout can be written." "export XDG_CACHE_HOME=/a/folder/of/yours"
fi
hold_lock "$dev/.docs-lock"
extras=docs
[ $verb != browser ] || extras=docs,browser
venv=$dev/docs
wanted=$(hash_of pyproject.toml)
have=$(cat "$venv/.wslgpu-stamp" 2>/dev/null) || have=
case $have in
"$wanted docs,browser") ;;
"$wanted $extras") ;;
*)
    say "wslgpu: looking for Python 3.10 or newer with its venv module"
    get_way
    say "wslgpu: installing mkdocs-material with $python in $venv ..."
    remove_venv "$venv"
    make_venv "$venv" || stop 1 "making a venv in $venv" "$python could not make it." "$(way_out "put another python3 first on PATH.")"
    { pip_install "$venv" uv && quiet "$venv/bin/uv" pip install --python "$venv/bin/python" -e "${root}[$extras]"; } ||
        pip_install "$venv" -e "${root}[$extras]" || stop 1 "installing wslgpu[$extras] from $root" "pip failed." "$(way_out "read the lines above.")"
    echo "$wanted $extras" >"$venv/.wslgpu-stamp"
    ;;
esac
exec 9>&-

cd "$root" || exit 1
# mkdocs-material prints an advertisement for its successor unless told not to.
export NO_MKDOCS_2_WARNING=true
case $verb in
serve) "$venv/bin/mkdocs" serve --dev-addr 127.0.0.1:8000 </dev/null ;;
build) "$venv/bin/mkdocs" build --strict --quiet --clean --site-dir "$dev/site" </dev/null && say "wslgpu: the site is in $dev/site" ;;
browser)
    "$venv/bin/mkdocs" build --strict --quiet --clean --site-dir "$dev/site" </dev/null || exit 1
    WSLGPU_SITE="$dev/site" "$venv/bin/python" -m pytest -rs -o "cache_dir=$dev/pytest" -m browser tests/browser </dev/null
    ;;
esac
