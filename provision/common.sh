# shellcheck shell=sh
# What ubuntu.sh, test.sh and docs.sh share. It is sourced, never run. POSIX sh: dash and busybox sh read it.
# The sourcing script has set: root (the checkout), copy (where it runs from, for CRLF), log (/dev/null), yes (0 or 1).
# Progress goes to stderr: stdout is for what the user asked to see.
# shellcheck disable=SC2154

say() { printf '%s\n' "$*" >&2; }

# stop CODE WHERE WHY WAY_OUT: the only way a failure ends. The last lines of the tool that failed are the reason.
stop() {
    say ""
    say "wslgpu: stopped at: $2"
    say "  why: $3"
    if [ -s "$log" ]; then
        say "  the last lines it printed:"
        # without what pip adds to every failure
        grep -vE '^[[:space:]|]*((note|hint):.*|\[end of output\]|╰─> See above.*|)$' "$log" | tail -n 12 | tr -d '\r' | sed 's/^/    | /' >&2
    fi
    say "  what to do: $4"
    exit "$1"
}

# open_work: work, a scratch folder that goes with the script, log, a file in it, and what the tools need of HOME.
open_work() {
    scratch=${TMPDIR:-/tmp}/wslgpu-sh-$(id -u)
    remove_dead_scratch
    work=$(mktemp -d "$scratch.XXXXXX" 2>/dev/null) || stop 1 "making a scratch folder" "${TMPDIR:-/tmp} cannot be written." \
        "export TMPDIR=/a/folder/of/yours, and run this again."
    owner_of $$ 2>/dev/null >"$work/owner"
    log=$work/log
    : >"$log"
    trap 'rm -rf "$work" ${copy:+"$copy"}' EXIT
    trap 'say "wslgpu: interrupted; run the same command again to go on."; exit 130' INT
    trap 'exit 143' TERM HUP
    settle_home
    settle_certificates
}

# owner_of PID: who that process is. Its number alone comes again, in another container at once.
owner_of() { echo "$(readlink /proc/self/ns/pid) $1 $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20)"; }

# remove_dead_scratch: what a run left that SIGKILL ended. One of another container, which cannot be seen from here, stays.
remove_dead_scratch() {
    for d in "$scratch".*/; do
        space='' pid='' began=''
        if [ -r "$d/owner" ]; then read -r space pid began <"$d/owner" || :; fi
        if [ -n "$began" ] && [ "$space" = "$(readlink /proc/self/ns/pid)" ] && [ "$(owner_of "$pid")" != "$space $pid $began" ]; then
            rm -rf "$d"
        fi
    done
}

# quiet COMMAND...: runs it with its output in $log and without stdin, so that nothing can wait for an answer.
quiet() { "$@" >"$log" 2>&1 </dev/null; }

# patiently COMMAND...: quiet, for what waits on the network: a word now and then, since a dead one takes minutes to fail.
# The lock (9) is not its own, and it ends with the script, however that ends.
patiently() {
    tell_of_waiting 9>&- &
    teller=$!
    quiet "$@"
    set -- $?
    kill "$teller" 2>/dev/null
    wait "$teller" 2>/dev/null
    return "$1"
}

tell_of_waiting() {
    waited=0
    while sleep 1 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
        waited=$((waited + 1))
        [ $((waited % 20)) != 0 ] || say "wslgpu:   $waited s: still at it"
    done
}

# What a tool's output says about the cause, in the user's terms; $1 is said where it says nothing that we know.
way_out() {
    # On a full disk the log is empty, too.
    if grep -qiE 'no space left|disk quota exceeded' "$log" || { ! [ -s "$log" ] && ! { echo full >"$work/room"; } 2>/dev/null; }; then
        echo "the disk is full: free some space (df -h shows where), or export TMPDIR=/a/folder/with/room; then run this again."
    elif grep -qiE 'CERTIFICATE_VERIFY_FAILED|UnknownIssuer|self.signed certificate|certificate verif' "$log"; then
        echo "this network replaces TLS certificates. Ask for its root certificate as a file, then: export SSL_CERT_FILE=/path/to/it PIP_CERT=/path/to/it, and run this again."
    elif grep -qiE '407 proxy|proxy authentication' "$log"; then
        echo "the proxy wants a login: export HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT and run this again."
    elif grep -qiE 'ProxyError|cannot connect to proxy|tunnel connection failed' "$log"; then
        echo "the proxy in HTTPS_PROXY or pip.conf did not answer, or leads nowhere. Correct or unset it, then run this again."
    elif grep -qiE 'temporary failure|could not resolve|name resolution|name or service not known|dns error|network is unreachable|unable to connect|could not connect|timed out|connection refused|connection broken|max retries' "$log"; then
        echo "the network did not answer. Check the connection, the VPN and HTTPS_PROXY, then run this again."
    elif grep -qE 'No matching distribution found' "$log"; then
        echo "the package index has nothing of that name. It is a mirror that lacks it, or this network shows a page to log in first: open any address in a browser. pip config list says which index was asked. Then run this again."
    elif grep -qiE 'not valid yet|release file .*expired' "$log"; then
        echo "the clock is wrong, as it can be in WSL after sleep. In PowerShell: wsl --shutdown; then run this again."
    elif grep -qiE 'dpkg was interrupted' "$log"; then
        echo "an earlier apt was cut short. Run: sudo dpkg --configure -a, then run this again."
    elif grep -qiE 'could not get lock|unable to acquire the dpkg' "$log"; then
        echo "another apt is running (Ubuntu updates itself after the first start). Wait for it, then run this again."
    elif grep -qiE 'unable to locate package|no installation candidate' "$log"; then
        echo "the distribution's package lists lack it. On Ubuntu: sudo add-apt-repository universe; then run this again."
    else
        echo "$1"
    fi
}

# HOME and USER can be unset (cron, containers), and a relative XDG folder is to be ignored by its specification.
settle_home() {
    if [ -z "${HOME:-}" ]; then
        HOME=$(getent passwd "$(id -u)" 2>/dev/null | cut -d: -f6)
        if [ -z "$HOME" ] && [ "$(id -u)" = 0 ]; then HOME=/root; fi
        [ -n "$HOME" ] || HOME=/
        export HOME
    fi
    if ! [ -d "$HOME" ] || ! [ -w "$HOME" ]; then
        stop 2 "finding your home folder" "HOME is $HOME, and it cannot be written." \
            "export HOME=/a/folder/of/yours, and run this again."
    fi
    case ${XDG_DATA_HOME:-} in /*) ;; *) XDG_DATA_HOME=$HOME/.local/share ;; esac
    case ${XDG_CACHE_HOME:-} in /*) ;; *) XDG_CACHE_HOME=$HOME/.cache ;; esac
}

# pip and uv read different settings for the certificate of a network that intercepts TLS. Seen with uv 0.13.9 behind
# one: uv trusts Mozilla's roots alone; it obeys SSL_CERT_FILE, SSL_CERT_DIR and UV_SYSTEM_CERTS (UV_NATIVE_TLS before
# that name), not PIP_CERT nor REQUESTS_CA_BUNDLE; an empty SSL_CERT_FILE breaks it. pip before 24.2 obeys PIP_CERT and
# REQUESTS_CA_BUNDLE, not SSL_CERT_FILE. So whichever is given is handed to both.
settle_certificates() {
    if [ -n "${SSL_CERT_FILE+set}" ] && ! [ -r "$SSL_CERT_FILE" ]; then
        [ -z "$SSL_CERT_FILE" ] || say "wslgpu: SSL_CERT_FILE names $SSL_CERT_FILE, which cannot be read; it is ignored."
        unset SSL_CERT_FILE
    fi
    pip_conf_cert=
    for f in "${PIP_CONFIG_FILE:-}" "$HOME/.config/pip/pip.conf" "$HOME/.pip/pip.conf" /etc/pip.conf; do
        if [ "${PIP_CONFIG_FILE:-}" = /dev/null ]; then break; fi
        [ -n "$f" ] && [ -r "$f" ] || continue
        pip_conf_cert=$(sed -n 's/^[[:space:]]*cert[[:space:]]*[=:][[:space:]]*//p' "$f" | head -n 1 | tr -d '\r')
        [ -z "$pip_conf_cert" ] || break
    done
    if [ -n "${SSL_CERT_FILE:-}" ]; then
        [ -n "${PIP_CERT:-}${REQUESTS_CA_BUNDLE:-}${CURL_CA_BUNDLE:-}$pip_conf_cert" ] || export PIP_CERT="$SSL_CERT_FILE"
        return 0
    fi
    for f in "${PIP_CERT:-}" "${REQUESTS_CA_BUNDLE:-}" "${CURL_CA_BUNDLE:-}" "$pip_conf_cert"; do
        if [ -n "$f" ] && [ -f "$f" ] && [ -r "$f" ]; then export SSL_CERT_FILE="$f"; return 0; fi
    done
    # uv fails outright when told to use the system's certificates where there are none.
    if [ -s /etc/ssl/certs/ca-certificates.crt ]; then
        [ -n "${UV_SYSTEM_CERTS:-}${UV_NATIVE_TLS:-}" ] || export UV_SYSTEM_CERTS=true UV_NATIVE_TLS=true
    fi
}

# probe PYTHON: prints "MINOR HAS_VENV EXECUTABLE" for a Python 3 that starts. A python inside somebody's venv answers
# with the one beneath it. Debian's python3 has `venv` without `ensurepip` until python3-venv is installed.
probe() {
    "$1" -I -c '
import sys
if sys.platform != "linux":  # one of Windows, whose folders WSL appends to PATH
    sys.exit(1)
try:
    import ensurepip, venv
    has = 1 if ensurepip.version() else 0
except Exception:
    has = 0
base = getattr(sys, "_base_executable", None) or sys.executable
print(sys.version_info[1] if sys.version_info[0] == 3 else 0, has, base)' 2>/dev/null </dev/null
}

# find_python MIN MAX: the first python 3.MIN to 3.MAX with a venv module, else the first without one.
# Sets python (empty where there is none), minor, has_venv, and old_python: one too old for wslgpu but not for uv.
find_python() {
    python='' minor='' has_venv=0 old_python=''
    for c in /usr/bin/python3 python3 python3.13 python3.12 python3.11 python3.10 python3.14 /usr/local/bin/python3 \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[0-4].*/bin/python3; do
        c=$(command -v "$c" 2>/dev/null) || continue
        answer=$(probe "$c") || continue
        p_minor=${answer%% *} p_rest=${answer#* }
        p_venv=${p_rest%% *} p_exe=${p_rest#* }
        if [ "$p_minor" -ge 8 ] && [ "$p_minor" -lt "$1" ] && [ "$p_venv" = 1 ]; then old_python=$p_exe; fi
        if [ "$p_minor" -lt "$1" ] || [ "$p_minor" -gt "$2" ]; then continue; fi
        if [ "$p_venv" = 1 ] || [ -z "$python" ]; then python=$p_exe minor=$p_minor has_venv=$p_venv; fi
        if [ "$has_venv" = 1 ]; then return 0; fi
    done
    [ -n "$python" ]
}

# find_uv: sets uv. A script of that name may start uv.exe, in a folder that WSL appended to PATH.
find_uv() {
    for c in uv "$HOME/.local/bin/uv" "$HOME/.cargo/bin/uv"; do
        uv=$(command -v "$c" 2>/dev/null) && [ "$(head -c 2 "$uv")" != '#!' ] && "$uv" --version >/dev/null 2>&1 </dev/null && return 0
    done
    uv=''
    return 1
}

# as_root COMMAND...: with the settings that apt needs; sudo drops the environment. apt reads lower-case proxies only.
as_root() {
    set -- LC_ALL=C DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 "$@"
    [ -z "${no_proxy:-${NO_PROXY:-}}" ] || set -- "no_proxy=${no_proxy:-$NO_PROXY}" "$@"
    [ -z "${https_proxy:-${HTTPS_PROXY:-}}" ] || set -- "https_proxy=${https_proxy:-$HTTPS_PROXY}" "$@"
    [ -z "${http_proxy:-${HTTP_PROXY:-}}" ] || set -- "http_proxy=${http_proxy:-$HTTP_PROXY}" "$@"
    case $become in
    root) env "$@" ;;
    sudo) sudo env "$@" ;;
    sudo-n) sudo -n env "$@" ;;
    esac
}

# agree_to_apt PACKAGES: announces apt, and asks where sudo is needed. Being root is consent. Sets become.
agree_to_apt() {
    : >"$log"
    command -v apt-get >/dev/null 2>&1 || stop 1 "looking for Python 3.10 or newer with its venv module" \
        "there is none that can be used, and this distribution has no apt-get to install one with." \
        "install them with the distribution's own tool (dnf, zypper, pacman, apk), then run this again."
    say "wslgpu: will install from the distribution, with apt-get: $1"
    if [ "$(id -u)" = 0 ]; then become=root; return 0; fi
    by_hand="have an administrator run: apt-get install -y $1; then run this again."
    command -v sudo >/dev/null 2>&1 || stop 1 "installing $1" "that needs root, and there is no sudo here." "$by_hand"
    if [ "$yes" = 0 ]; then
        [ -t 0 ] || stop 2 "installing $1" "that needs sudo, and there is no terminal to ask at." \
            "add --yes, which agrees to it: sh provision/${0##*/} --yes"
        printf 'Run apt-get with sudo? [y/N] ' >&2
        read -r answer || answer=
        case $answer in [Yy] | [Yy][Ee][Ss]) ;; *) stop 2 "installing $1" "you did not agree to sudo." "$by_hand" ;; esac
    fi
    become=sudo
    if ! [ -t 0 ] && ! quiet sudo -n true; then
        stop 1 "installing $1" "sudo wants a password or is not allowed, and there is no terminal to ask at." \
            "run it in a terminal, or $by_hand"
    fi
    [ -t 0 ] || become=sudo-n
}

# apt_install PACKAGE...: refreshes the lists (a fresh distribution has none) and installs. A list that cannot be
# refreshed may belong to a repository that is not needed here, so only a failed install is a failure.
apt_install() {
    agree_to_apt "$*"
    say "wslgpu: refreshing apt's package lists ..."
    tries=0
    until patiently as_root apt-get -q -o Acquire::Retries=3 update; do
        tries=$((tries + 1))
        if [ $tries -le 60 ] && grep -qiE 'could not get lock' "$log"; then sleep 5; continue; fi
        say "wslgpu: not all lists could be refreshed; going on with what there is: $(tail -n 1 "$log")"
        break
    done
    cp "$log" "$work/update.log"
    say "wslgpu: installing $* ..."
    if ! patiently as_root apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
        -o Dpkg::Use-Pty=0 install "$@"; then
        # Without a network `update` only warns and `install` says "unable to locate": the warnings are the cause.
        grep -E '^(Err|W|E):' "$work/update.log" >>"$log"
        stop 1 "installing $* with apt-get" "apt-get failed." "$(way_out "run it by hand to see more: apt-get install $*")"
    fi
}

# choose_way: how a venv can be made with what is here now. Sets way (venv, uv, pip, virtualenv) and python.
choose_way() {
    way=''
    if find_python 10 99; then
        if [ "$has_venv" = 1 ]; then way=venv
        elif find_uv; then way=uv
        elif "$python" -I -c 'import venv, pip' >/dev/null 2>&1; then way=pip
        elif command -v virtualenv >/dev/null 2>&1; then way=virtualenv
        fi
    elif find_uv; then
        python=$(uv_python '>=3.10') && way=uv
    fi
    [ -n "$way" ]
}

# uv_python RANGE: prints a python of that range that uv knows, else a 3.12 or 3.13 that uv downloads; fails where neither.
uv_python() {
    "$uv" python find --no-project "$1" 2>/dev/null </dev/null && return 0
    say "wslgpu: having uv download Python 3.12 or 3.13 ..."
    patiently "$uv" python install '>=3.12,<3.14' || return 1
    "$uv" python find --no-project --managed-python '>=3.12,<3.14' 2>/dev/null </dev/null
}

# get_way: choose_way, and where that finds nothing, apt; and where the distribution's Python is too old, uv.
get_way() {
    choose_way && return 0
    if [ -n "$python" ]; then
        case $python in
        /usr/bin/*) apt_install python3-venv ca-certificates ;;
        *) apt_install python3 python3-venv ca-certificates ;;
        esac
    elif [ -z "$old_python" ]; then
        apt_install python3 python3-venv ca-certificates
    fi
    settle_certificates
    choose_way && return 0
    if [ -n "$python" ]; then
        apt_install "python3.$minor-venv"
        choose_way && return 0
    fi
    if [ -n "$old_python" ]; then
        say "wslgpu: the distribution's Python is older than 3.10; fetching uv, which can bring a newer one ..."
        if quiet "$old_python" -I -m venv "$work/boot" &&
            patiently "$work/boot/bin/python" -m pip install --no-user --disable-pip-version-check uv; then
            uv=$work/boot/bin/uv
            python=$(uv_python '>=3.10') && way=uv && return 0
        fi
    fi
    stop 1 "looking for Python 3.10 or newer with its venv module" "this distribution has none, and uv could not bring one." \
        "use a newer distribution (in PowerShell: wsl --install Ubuntu-24.04); or, where uv's downloads are blocked, export UV_PYTHON_INSTALL_MIRROR=URL of a mirror, and run this again."
}

# make_venv DIR: by the way that was chosen. What ensurepip unpacks goes with the scratch folder, however it ends.
# PYTHONPATH and PYTHONHOME of the user's shell must not reach into it.
make_venv() (
    unset PYTHONPATH PYTHONHOME VIRTUAL_ENV UV_PYTHON PIP_REQUIRE_VIRTUALENV PIP_TARGET PIP_PREFIX PIP_ROOT
    case $way in
    venv) quiet env "TMPDIR=$work" "$python" -I -m venv "$1" ;;
    uv) quiet "$uv" venv --no-project --seed --python "$python" "$1" ;;
    virtualenv) quiet virtualenv --python "$python" "$1" ;;
    pip)
        # A distribution's python3-pip without python3-venv: pip puts a copy of itself into the bare venv.
        quiet "$python" -I -m venv --without-pip "$1" &&
            quiet "$python" -I -m pip install --no-user --disable-pip-version-check \
                --target "$1/lib/python3.$minor/site-packages" pip
        ;;
    esac
)

# pip_install VENV ARGUMENT...: with the venv's own pip. PIP_USER, PIP_TARGET and their like would write elsewhere, and
# what a shell has set for another project decides nothing here.
pip_install() (
    unset PYTHONPATH PYTHONHOME PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT PIP_PYTHON PIP_CONSTRAINT PIP_REQUIREMENT PIP_PRE \
        PIP_NO_DEPS PIP_NO_BINARY PIP_ONLY_BINARY PIP_REQUIRE_HASHES PIP_DRY_RUN PIP_REQUIRE_VIRTUALENV
    into=$1
    shift
    patiently env "TMPDIR=$work" "$into/bin/python" -m pip install --no-user --no-input --disable-pip-version-check \
        --no-warn-script-location "$@"
)

# hash_of PATH...: one word for the content of files and folders below $root. The venv's stamp is made of it.
hash_of() {
    (cd "$root" && find "$@" -type f ! -name '*.pyc' -exec sha256sum {} + 2>/dev/null | LC_ALL=C sort) |
        sha256sum | cut -c 1-12
}

# is_in_use VENV: whether a process that can be seen from here was started with a path in it. Only with -q does grep
# say yes where another of them ends meanwhile.
is_in_use() {
    printf '%s/' "$1" >"$work/path"
    set -- /proc/[0-9]*/cmdline
    grep -qsF -f "$work/path" "$@"
}

# remove_venv VENV: its stamp goes first. Killed half-way, what is left must not pass for an environment.
remove_venv() { rm -rf "$1/.wslgpu-stamp" "$1"; }

# hold_lock FILE: two runs at once would build the same folder. Released with the last process that holds it open.
hold_lock() {
    command -v flock >/dev/null 2>&1 || return 0
    # A lock of another user (a run under sudo) cannot be written; dash ends without a word where exec cannot open a file.
    (: >>"$1") 2>/dev/null || return 0
    exec 9>>"$1"
    flock -n 9 && return 0
    say "wslgpu: another run is at work here; waiting for it ..."
    flock -w 900 9 || stop 1 "waiting for another run of this script" "it has not ended for 15 minutes." \
        "end it, then run this again."
}
