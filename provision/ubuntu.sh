#!/bin/sh
# From a bare Ubuntu or Debian (in WSL or not) to TensorFlow that trains: gets Python, installs wslgpu, runs its setup.
# A clone made on Windows can have CRLF line ends, at which sh breaks: then a copy without them runs. On one line, with a comment last.
if grep -q "$(printf '\r')" "$0" 2>/dev/null; then d=$(dirname "$0") && c=$(mktemp -d) && for f in ubuntu common; do tr -d '\r' <"$d/$f.sh" >"$c/$f.sh"; done && WSLGPU_FROM="$d" WSLGPU_COPY="$c" exec sh "$c/ubuntu.sh" "$@"; fi #
set -u

usage() {
    cat <<'TEXT'
Usage: sh provision/ubuntu.sh [--yes] [DIR] [OPTIONS OF wslgpu setup]

Makes a TensorFlow environment in DIR/.venv (DIR: ~/wslgpu-train unless given) and proves it by training.
Run it in Ubuntu or Debian, in WSL or not, as yourself or as root. It can be run again at any time.

  1. Python 3.10 or newer with venv: what is here, else python3 and python3-venv by apt-get, with sudo.
  2. wslgpu and uv, in a venv of their own: ~/.local/share/wslgpu/tool; the command: ~/.local/bin/wslgpu.
  3. wslgpu setup, with all arguments that you gave.

  --offline B  with no network: from the bundle in folder B, which `wslgpu team bundle` made (Python has to be here)
  --yes        agrees to sudo for step 1 and to the plan that setup shows in step 3
  --plan       step 3 shows its plan and changes nothing
  --help       this text

Behind a company's network it obeys SSL_CERT_FILE, PIP_CERT, REQUESTS_CA_BUNDLE, HTTPS_PROXY, pip.conf and uv.toml.
Exit codes: 0 done, 1 failed, 2 usage or no consent, 130 interrupted; others are those of wslgpu setup.

Example: sh provision/ubuntu.sh --yes ~/my-project
TEXT
}

here=$(CDPATH='' cd -- "${WSLGPU_FROM:-$(dirname -- "$0")}" && pwd -P) || exit 2
copy=${WSLGPU_COPY:-}
unset WSLGPU_FROM WSLGPU_COPY
root=$(dirname -- "$here")
log=/dev/null
NEEDED_KB=150000 # the tool takes 100 MB, pip a part of that besides

# Only what this script must know of setup's arguments: consent, and whether a DIR is among them.
yes=0 dir='' skip=0 offline=''
for a in "$@"; do
    if [ $skip = offline ]; then offline=$a; skip=1; fi
    if [ $skip = 1 ]; then skip=0; continue; fi
    case $a in
    -h | --help) usage; exit 0 ;;
    --yes) yes=1 ;;
    --profile | --tensorflow | --python) skip=1 ;;
    --offline) skip=offline ;;
    --offline=*) offline=${a#*=} ;;
    -*) ;;
    *) dir=$a ;;
    esac
done

# shellcheck source=provision/common.sh
. "${copy:-$here}/common.sh" || exit 2
[ -f "$root/pyproject.toml" ] && [ -d "$root/src/wslgpu" ] || stop 2 "looking for wslgpu's sources" \
    "there are none in $root." "run the script from a clone or an unpacked archive: sh provision/ubuntu.sh"
open_work
data=$XDG_DATA_HOME/wslgpu
command=$HOME/.local/bin/wslgpu
if [ "$(id -u)" = 0 ] && [ -n "${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ]; then
    say "wslgpu: this runs under sudo, so all of it will belong to root, in $HOME. To have it for $SUDO_USER: run it without sudo; it asks for sudo itself."
fi

# tool_is_current: the tool was made of these sources and still starts. A release upgrade can take its Python away.
tool_is_current() {
    [ -r "$data/tool/.wslgpu-stamp" ] && [ "$(cat "$data/tool/.wslgpu-stamp")" = "$sources" ] &&
        "$data/tool/bin/python" -I -c 'import wslgpu' >/dev/null 2>&1 </dev/null && [ -x "$data/tool/bin/wslgpu" ]
}

# build_tool: a venv cannot be moved, so each is built under its own name in tools/ and `tool` is a link that one rename
# swaps. A killed run leaves the old link, and a folder that the next run removes. The name is mktemp's: in containers a
# number of a process comes again, and a venv made into what a killed run left there has half a pip.
build_tool() {
    built=tools/$(basename "$(mktemp -d "$data/tools/$sources-XXXXXX" 2>"$log")")
    if [ "$built" = tools/ ] || ! chmod "$(umask -S)" "$data/$built"; then
        stop 1 "making a folder in $data/tools" "it cannot be written." \
            "$(way_out "where it belongs to root, as after a run under sudo: sudo chown -R $(id -u) $data; then run this again.")"
    fi
    check_place "$data/$built"
    make_venv "$data/$built" || stop 1 "making a venv in $data/$built" "$python could not make it." \
        "$(way_out "check that this Python works, or put another python3 first on PATH.")"
    say "wslgpu: installing wslgpu and uv there with pip ..."
    whence=$root way_on="read the lines above; nothing was changed."
    set -- "$root"
    if [ -n "$offline" ]; then # a bundle of `wslgpu team bundle` holds both, and all that they need
        whence="the bundle in $offline" way_on="make the bundle on a machine with the same Python ($python), with wslgpu team bundle."
        set -- --no-index --find-links "$offline" wslgpu
    fi
    if ! pip_install "$data/$built" "$@" uv; then
        # What fails before pip came to uv fails without it, too, and a network that is silent takes two minutes each time.
        { grep -qw uv "$log" && cp "$log" "$work/with-uv.log" && pip_install "$data/$built" "$@"; } ||
            stop 1 "installing wslgpu from $whence" "pip failed." "$(way_out "$way_on")"
        say "wslgpu: uv could not be had ($(grep -m 1 -i error "$work/with-uv.log")); pip does its work, more slowly."
    fi
    : >"$log"
    "$data/$built/bin/python" -I -c 'import wslgpu' >"$log" 2>&1 </dev/null && [ -x "$data/$built/bin/wslgpu" ] ||
        stop 1 "checking wslgpu in $data/$built" "it was installed but does not start there." \
            "look for target, prefix or root in pip.conf (pip config list), which send packages elsewhere."
    # The command is a script of ours: what a shell has in PYTHONPATH or PYTHONHOME for another Python must not reach it.
    quoted=$(printf '%s' "$data/$built/bin/python" | sed "s/'/'\\\\''/g")
    printf "#!/bin/sh\nexec '%s' -I -m wslgpu \"\$@\"\n" "$quoted" >"$data/$built/bin/wslgpu"
    echo "$sources" >"$data/$built/.wslgpu-stamp"
    if ! { ln -sfn "$built" "$data/tool.$$" && quiet mv -T "$data/tool.$$" "$data/tool"; }; then
        stop 1 "swapping $data/tool" "the link could not be replaced." "move $data/tool away, and run this again."
    fi
}

# check_place DIR: what pip and Python would say of a disk that is too small, or mounted noexec, names neither.
check_place() {
    room=$(df -Pk "$1" 2>/dev/null | awk 'NR == 2 { print $4 }')
    if [ "${room:-$NEEDED_KB}" -lt "$NEEDED_KB" ]; then
        rmdir "$1"
        stop 1 "making $data" "there are ${room} kB of room, and $NEEDED_KB kB are needed." \
            "free some space (df -h shows where), or export XDG_DATA_HOME=/a/folder/with/room; then run this again."
    fi
    printf '#!/bin/sh\n' >"$1/starts" && chmod +x "$1/starts"
    if ! "$1/starts" 2>"$log"; then
        rm -rf "$1"
        stop 1 "starting a program in $data" "nothing can be started from there, as on a disk that is mounted noexec." \
            "export XDG_DATA_HOME=/a/folder/on/another/disk, and run this again."
    fi
    rm -f "$1/starts"
}

# remove_leftovers: tools but the current one. One that a wslgpu still runs in, here or in a training, goes another time:
# it loads what it needs as it comes to it.
remove_leftovers() {
    current=$(readlink "$data/tool") || return 0
    for d in "$data"/tools/*; do
        if [ "$d" = "$data/$current" ] || is_in_use "$d"; then continue; fi
        rm -rf "$d"
    done
    for d in "$data"/tool.*; do [ -L "$d" ] && rm -f "$d"; done
    return 0
}

# link_command: a wslgpu in ~/.local/bin that is not ours stays.
link_command() {
    target=$data/tool/bin/wslgpu
    [ "$(readlink "$command")" != "$target" ] || return 0
    if [ -e "$command" ] || { [ -L "$command" ] && [ -e "$(readlink "$command")" ]; }; then
        say "wslgpu: $command exists and is not this one; it stays. This one is $target"
        command=$target
        return 0
    fi
    if ! { mkdir -p "$HOME/.local/bin" && ln -sfn "$target" "$command"; } 2>/dev/null; then
        say "wslgpu: $HOME/.local/bin cannot be written, so there is no link in it. wslgpu is $target"
        command=$target
    fi
}

mkdir -p "$data/tools" 2>"$log" || stop 1 "making $data" "it cannot be written." "export XDG_DATA_HOME=/a/folder/of/yours, and run this again."
hold_lock "$data/.provision-lock"
sources=$(hash_of pyproject.toml README.md src templates provision docs/findings)
if tool_is_current; then
    say "wslgpu: the tool in $data/tool is current; nothing to install."
else
    say "wslgpu: step 1 of 3: Python 3.10 or newer with its venv module"
    get_way
    say "wslgpu: using $python ($way)"
    say "wslgpu: step 2 of 3: a venv for wslgpu itself, $data/tool"
    build_tool
fi
remove_leftovers
link_command
exec 9>&-

[ -n "$dir" ] || set -- "$@" "$HOME/wslgpu-train"
say "wslgpu: step 3 of 3: wslgpu setup $*"
"$data/tool/bin/wslgpu" setup "$@"
code=$?
case ":${PATH:-}:" in
*":${command%/*}:"*) ;;
*) say "wslgpu: ${command%/*} is not on PATH here; type the full path: $command" ;;
esac
exit $code
