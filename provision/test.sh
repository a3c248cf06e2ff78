#!/bin/sh
# On a fresh machine: a development environment, TensorFlow for the CPU in a venv beside it, then lint, types and tests.
# CRLF line ends of a clone made on Windows: as in ubuntu.sh.
if grep -q "$(printf '\r')" "$0" 2>/dev/null; then d=$(dirname "$0") && c=$(mktemp -d) && for f in test common; do tr -d '\r' <"$d/$f.sh" >"$c/$f.sh"; done && WSLGPU_FROM="$d" WSLGPU_COPY="$c" exec sh "$c/test.sh" "$@"; fi #
set -u

usage() {
    cat <<'TEXT'
Usage: sh provision/test.sh [--yes] [PYTEST ARGUMENTS]

Makes a development environment under .wslgpu-dev/ of the checkout (in ~/.cache/wslgpu where the checkout is read-only),
TensorFlow for the CPU in a second venv beside it, Ansible in a third, and runs ruff, mypy and pytest. A second run uses
them again.
With pytest arguments it runs pytest alone. The exit code is that of the tests.

  --yes    agrees to sudo apt-get, where python3-venv is missing
  --help   this text

WSLGPU_TEST_TF_PYTHON=/path/to/python   a Python that has TensorFlow; then none is installed
WSLGPU_TEST_ANSIBLE=/path/to/venv/bin   where ansible-playbook and ansible-lint are; then they are not installed

Example: sh provision/test.sh -k smoke
TEXT
}

here=$(CDPATH='' cd -- "${WSLGPU_FROM:-$(dirname -- "$0")}" && pwd -P) || exit 2
copy=${WSLGPU_COPY:-}
unset WSLGPU_FROM WSLGPU_COPY
root=$(dirname -- "$here")
log=/dev/null yes=0
case ${1:-} in
-h | --help) usage; exit 0 ;;
--yes) yes=1; shift ;;
esac

# shellcheck source=provision/common.sh
. "${copy:-$here}/common.sh" || exit 2
[ -f "$root/pyproject.toml" ] && [ -d "$root/tests" ] || stop 2 "looking for wslgpu's tests" \
    "there are none in $root." "run the script from a clone or an unpacked archive: sh provision/test.sh"
open_work

# A folder that ignores itself needs no line in .gitignore.
dev=$root/.wslgpu-dev
if ! { mkdir -p "$dev" && echo '*' >"$dev/.gitignore"; } 2>/dev/null; then
    dev=$XDG_CACHE_HOME/wslgpu/dev-$(printf '%s' "$root" | sha256sum | cut -c 1-8)
    mkdir -p "$dev" 2>"$log" || stop 1 "making $dev" "neither it nor the checkout can be written." "export XDG_CACHE_HOME=/a/folder/of/yours"
    say "wslgpu: the checkout is read-only; the environment goes to $dev"
fi
hold_lock "$dev/.provision-lock"

# install_fast VENV ARGUMENT...: with the development venv's uv; pip where uv fails, since uv does not read pip.conf.
install_fast() {
    if [ -x "$dev/venv/bin/uv" ]; then
        f_into=$1
        shift
        quiet "$dev/venv/bin/uv" pip install --python "$f_into/bin/python" "$@" && return 0
        say "wslgpu: uv failed ($(grep -m 1 -iE 'error|cause' "$log")); trying pip ..."
        set -- "$f_into" "$@"
    fi
    pip_install "$@"
}

# One stamp for both venvs: what they are made of.
wanted=$(hash_of pyproject.toml)
if [ "$(cat "$dev/venv/.wslgpu-stamp" 2>/dev/null)" = "$wanted" ] &&
    "$dev/venv/bin/python" -I -c 'import pytest, wslgpu' >/dev/null 2>&1 </dev/null; then
    say "wslgpu: the development environment in $dev is current."
else
    say "wslgpu: looking for Python 3.10 or newer with its venv module"
    get_way
    say "wslgpu: making a development environment with $python in $dev/venv"
    remove_venv "$dev/venv"
    make_venv "$dev/venv" || stop 1 "making a venv in $dev/venv" "$python could not make it." "$(way_out "put another python3 first on PATH.")"
    pip_install "$dev/venv" uv || say "wslgpu: uv could not be had; pip does its work, more slowly."
    say "wslgpu: installing wslgpu with its development tools ..."
    install_fast "$dev/venv" -e "${root}[dev]" || stop 1 "installing wslgpu[dev] from $root" "pip failed." "$(way_out "read the lines above.")"
    echo "$wanted" >"$dev/venv/.wslgpu-stamp"
fi

# TensorFlow 2.21 has wheels for Python 3.10 to 3.13, and for aarch64 under its other name only.
tensorflow="tensorflow-cpu==2.21.0"
[ "$(uname -m)" = x86_64 ] || tensorflow="tensorflow==2.21.0"

# get_tensorflow: sets WSLGPU_TEST_TF_PYTHON, or says why the tests that train are skipped.
get_tensorflow() {
    tf=$dev/tensorflow
    if [ "$(cat "$tf/.wslgpu-stamp" 2>/dev/null)" = "$tensorflow" ] && "$tf/bin/python" -I -c '' 2>/dev/null; then
        say "wslgpu: the TensorFlow environment in $tf is current."
        export WSLGPU_TEST_TF_PYTHON="$tf/bin/python"
        return 0
    fi
    uv=$dev/venv/bin/uv
    [ -x "$uv" ] || find_uv || :
    remove_venv "$tf"
    if find_python 10 13 && { [ "$has_venv" = 1 ] || [ -x "$uv" ]; }; then
        [ "$has_venv" = 1 ] && way=venv || way=uv
    elif [ -x "$uv" ] && python=$(uv_python '>=3.10,<3.14'); then
        way=uv
    else
        say "wslgpu: no Python 3.10 to 3.13 here, and uv could not bring one; $tensorflow has no wheel for others. Tests that train will be skipped."
        return 0
    fi
    say "wslgpu: installing $tensorflow with $python in $tf (270 MB to download, 1.5 GB on disk) ..."
    if make_venv "$tf" && install_fast "$tf" "$tensorflow"; then
        echo "$tensorflow" >"$tf/.wslgpu-stamp"
        export WSLGPU_TEST_TF_PYTHON="$tf/bin/python"
    else
        stop 1 "installing $tensorflow in $tf" "it failed." "$(way_out "read the lines above.")"
    fi
}
[ -n "${WSLGPU_TEST_TF_PYTHON:-}" ] || get_tensorflow

# get_ansible: sets WSLGPU_TEST_ANSIBLE for the tests of provision/fleet, or says why they are skipped. It is tried once.
get_ansible() {
    place=$dev/ansible ansible="ansible-core>=2.16 ansible-lint"
    if [ "$(cat "$place/.wslgpu-stamp" 2>/dev/null)" = "$ansible" ]; then
        if [ -x "$place/bin/ansible-playbook" ]; then export WSLGPU_TEST_ANSIBLE="$place/bin"; fi
        return 0
    fi
    remove_venv "$place"
    # The newest ansible-core wants Python 3.12; an older one is found for an older Python.
    if { find_python 12 13 || find_python 10 14; } && [ "$has_venv" = 1 ]; then
        way=venv
        say "wslgpu: installing ansible-core and ansible-lint with $python in $place ..."
        # shellcheck disable=SC2086
        if make_venv "$place" && install_fast "$place" $ansible; then export WSLGPU_TEST_ANSIBLE="$place/bin"; fi
    fi
    if [ -z "${WSLGPU_TEST_ANSIBLE:-}" ]; then
        say "wslgpu: Ansible could not be installed; the tests of provision/fleet are skipped. To try again: rm -r $place"
        remove_venv "$place" && mkdir -p "$place"
    fi
    echo "$ansible" >"$place/.wslgpu-stamp"
}
# Part of the tests need no more than the development environment.
if [ $# = 0 ] && [ -z "${WSLGPU_TEST_ANSIBLE:-}" ]; then get_ansible; fi
exec 9>&-

cd "$root" || exit 1
bin=$dev/venv/bin
export HYPOTHESIS_STORAGE_DIRECTORY="$dev/hypothesis"
lint=0
if [ $# = 0 ]; then
    say "wslgpu: ruff"
    "$bin/ruff" check --extend-exclude .wslgpu-dev --cache-dir "$dev/ruff" . >&2 </dev/null || lint=1
    say "wslgpu: mypy --strict src"
    "$bin/mypy" --strict --cache-dir "$dev/mypy" src >&2 </dev/null || lint=1
fi
say "wslgpu: pytest"
"$bin/python" -m pytest -rs -o "cache_dir=$dev/pytest" "$@" </dev/null
code=$?
if [ $lint = 1 ]; then
    say "wslgpu: ruff or mypy failed, see above."
    [ $code != 0 ] || code=1
fi
exit $code
