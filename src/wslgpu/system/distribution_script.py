"""Wants as a POSIX sh script for `wsl.exe -d NAME -e sh`. busybox will do; nothing is installed.

The whole script is one compound command: a shell that gets only a part of it runs none of it. What can wait (programs,
slow mounts) runs side by side in sessions of its own, each with its deadline; a temporary folder holds the answers and
is taken away at the end. The reply is frames: `@NUMBER KIND BYTES BYTES`, both payloads, a line's end
(distribution_reply.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from shlex import quote

from wslgpu.system.wants import (
    FindPrograms,
    Inspect,
    ListFolder,
    Machine,
    ReadFile,
    Release,
    Run,
    RunPython,
    Space,
    Variable,
    Want,
)

BEGIN, END = "@wslgpu-begin-", "@wslgpu-end-"
LONGEST_S = 20.0  # no single question in a distribution may take longer
SLOW_PREFIXES = ("/mnt/", "/media/")
PROLOGUE = r"""
{
for t in "${TMPDIR:-/tmp}" /dev/shm /run/user/$(id -u) "$HOME"; do
  d=$(mktemp -d "$t/wslgpu.XXXXXX" 2>/dev/null) && break
done
[ -d "$d" ] || exit 97
trap 'rm -rf "$d"' EXIT HUP INT TERM
if command -v setsid >/dev/null 2>&1; then own=setsid; group=-; else own=; group=; fi
head -c 0 </dev/null 2>/dev/null || head() { dd bs=1 count="$2" 2>/dev/null; }
size() { if [ -f "$1" ]; then wc -c <"$1" | tr -d ' \t'; else echo 0; fi; }
body() { [ -f "$1" ] && cat "$1"; }
frame() {
  printf '@%s %s %s %s\n' "$1" "$2" "$(size "$d/$1.1")" "$(size "$d/$1.2")"
  body "$d/$1.1"; body "$d/$1.2"; echo
}
kind() {
  if [ -f "$1" ]; then echo file; elif [ -d "$1" ]; then echo folder
  elif [ -c "$1" ] || [ -b "$1" ]; then echo device; elif [ -e "$1" ]; then echo other; else echo broken; fi
}
read_file() {
  if [ ! -e "$2" ]; then
    up=${2%/*}; if [ -d "$up" ] && [ ! -x "$up" ]; then frame "$1" denied; else frame "$1" absent; fi
  elif [ -d "$2" ]; then echo 'Is a directory' >"$d/$1.1"; frame "$1" failed
  elif [ ! -r "$2" ]; then echo "$2" >"$d/$1.1"; frame "$1" denied
  elif head -c "$3" <"$2" >"$d/$1.1" 2>"$d/$1.2"; then : >"$d/$1.2"; frame "$1" file
  else mv "$d/$1.2" "$d/$1.1"; frame "$1" failed; fi
}
size() { # stat tells it of a file that this user may not open (dpkg's lock), too; a busybox may be without stat
  s=$(stat -L -c %s "$1" 2>/dev/null) || s=$({ wc -c <"$1"; } 2>/dev/null | tr -d ' \t')
  echo "${s:-0}"
}
inspect() {
  if [ ! -e "$2" ] && [ ! -L "$2" ]; then frame "$1" absent; return; fi
  {
    kind "$2"
    size "$2"
    if [ -w "$2" ]; then echo 1; else echo 0; fi
    stat -L -c %i "$2" 2>/dev/null || echo 0
    readlink -f "$2" 2>/dev/null || echo "$2"
    if [ -L "$2" ]; then readlink "$2"; fi
  } >"$d/$1.1"
  frame "$1" inspected
}
list_folder() {
  if [ ! -d "$2" ]; then frame "$1" absent; return; fi
  if ls -1a "$2" >"$d/$1.1" 2>/dev/null; then frame "$1" names; else frame "$1" denied; fi
}
space() {
  p=$2
  while [ ! -e "$p" ] && [ "$p" != / ] && [ -n "$p" ]; do p=${p%/*}; done
  LC_ALL=C df -Pk "${p:-/}" 2>/dev/null | tail -n 1 >"$d/$1.1"
  LC_ALL=C df -Pi "${p:-/}" 2>/dev/null | tail -n 1 >"$d/$1.2"
  frame "$1" space
}
which_in() {
  for f in "$@"; do
    if [ -n "$f" ] && [ -f "$f/$name" ] && [ -x "$f/$name" ]; then
      if [ "$compiled" = 1 ] && [ "$(head -c 2 <"$f/$name" 2>/dev/null)" = '#!' ]; then continue; fi
      printf '%s\t%s\t%s\n' "$name" "$f/$name" "$(readlink -f "$f/$name" 2>/dev/null)"; return
    fi
  done
  printf '%s\t\t\n' "$name"
}
jobs=
start() {
  n=$1; seconds=$2; shift 2
  run='o=$1; shift; "$@" >"$o.1" 2>"$o.2"; echo $? >"$o.t"; mv "$o.t" "$o.x"'
  $own sh -c "$run" sh "$d/$n" "$@" </dev/null >/dev/null 2>&1 &
  jobs="$jobs $n:$seconds:$!"
}
collect() {
  ticks=0
  while [ -n "$jobs" ]; do
    left=
    for job in $jobs; do
      n=${job%%:*}; rest=${job#*:}; seconds=${rest%%:*}; pid=${rest#*:}
      if [ -f "$d/$n.x" ]; then frame "$n" "ran:$(cat "$d/$n.x")"
      elif [ "$ticks" -ge $((seconds * 20)) ]; then
        kill -9 "$group$pid" 2>/dev/null; : >"$d/$n.1"; : >"$d/$n.2"; frame "$n" "late:$seconds"
      else left="$left $job"; fi
    done
    jobs=$left
    [ -n "$jobs" ] || break
    if sleep 0.05 2>/dev/null; then ticks=$((ticks + 1)); else sleep 1; ticks=$((ticks + 20)); fi
  done
}
"""


def render_script(wants: Sequence[Want], token: str) -> str:
    """The script that answers these wants; wants that make no sense in a distribution are left out.

    `token`: a word that no file of the machine holds; the reply's first and last line end in it.
    """
    # What waits is started first and collected last.
    lines = [PROLOGUE.strip("\n"), f"printf '\\n%s\\n' {BEGIN}{token}"]
    numbered = list(enumerate(wants))
    lines += [line for number, want in numbered if _waits(want) for line in _start(number, want)]
    lines += [line for number, want in numbered if not _waits(want) for line in _now(number, want)]
    lines += ["collect", 'rm -rf "$d"', f"printf '\\n%s\\n' {END}{token}", "} </dev/null"]
    return "\n".join(lines) + "\n"


def _waits(want: Want) -> bool:
    return isinstance(want, (Run, RunPython))


def _now(number: int, want: Want) -> Iterable[str]:
    if isinstance(want, ReadFile):
        # Blocks are picked on this side, so the whole file has to come over.
        limit = 8_388_608 if want.blocks else want.limit + 1
        yield f"read_file {number} {_path(want.path)} {limit}"
    elif isinstance(want, Inspect):
        yield f"inspect {number} {_path(want.path)}"
    elif isinstance(want, ListFolder):
        yield f"list_folder {number} {_path(want.path)}"
    elif isinstance(want, FindPrograms):
        yield from _find(number, want)
    elif isinstance(want, Space):
        yield f"space {number} {_path(want.path)}"
    elif isinstance(want, Variable) and want.name.isidentifier():
        yield f'k=absent; if [ -n "${{{want.name}+x}}" ]; then k=text; printf %s "${want.name}" >"$d/{number}.1"; fi'
        yield f'frame {number} "$k"'
    elif isinstance(want, Machine):
        yield "{ uname -s; uname -m; getconf _NPROCESSORS_ONLN 2>/dev/null || nproc; nproc 2>/dev/null || echo 0"
        yield f'id -u; printf "%s\\n" "$HOME"; pwd; date +%s; }} >"$d/{number}.1" 2>/dev/null'
        yield f"frame {number} machine"
    elif isinstance(want, Release):
        yield "k=absent; for f in /etc/os-release /usr/lib/os-release; do"
        yield f'[ -r $f ] && cat $f >"$d/{number}.1" && k=release && break; done'
        yield f'frame {number} "$k"'


def _find(number: int, want: FindPrograms) -> Iterable[str]:
    yield f"compiled={int(want.compiled)}"
    yield "old=$IFS; IFS=:; set -f; set -- $PATH; set +f; IFS=$old"
    if want.also:
        yield "nl='\n'"
        for pattern in want.also:
            yield f'more=$(for g in {_pattern(pattern)}; do [ -d "$g" ] && printf "%s\\n" "$g"; done | sort -r)'
            yield 'IFS=$nl; set -f; set -- "$@" $more; set +f; IFS=$old'
    yield f'for name in {" ".join(quote(name) for name in want.names)}; do which_in "$@"; done >"$d/{number}.1"'
    yield f"frame {number} programs"


def _start(number: int, want: Want) -> Iterable[str]:
    if isinstance(want, Run):
        program, rest = want.argv[0], want.argv[1:]
        there = f"[ -x {quote(program)} ]" if "/" in program else f"command -v {quote(program)} >/dev/null 2>&1"
        argv = " ".join(quote(word) for word in (program, *rest))
    elif isinstance(want, RunPython):
        yield "p=" + (quote(want.python) if want.python else "$(command -v python3)")
        there = '[ -n "$p" ] && [ -x "$p" ]'
        argv = '"$p" -I -c ' + " ".join(quote(word) for word in (want.script, *want.args))
    else:
        return
    env = "".join(f"{quote(f'{name}={value}')} " for name, value in want.env)
    seconds = max(1, round(min(want.deadline_s, LONGEST_S)))
    command = f"start {number} {seconds} {'env ' + env if env else ''}{argv}"
    yield f"if {there}; then {command}; else frame {number} absent; fi"


def _path(path: str) -> str:
    return '"$HOME"' + quote(path[1:]) if path == "~" or path.startswith("~/") else quote(path)


def _pattern(pattern: str) -> str:
    """A glob for the shell; ours hold letters, digits and ._-*/ only, so that nothing needs to be quoted."""
    return '"$HOME"' + pattern[1:] if pattern.startswith("~/") else pattern
