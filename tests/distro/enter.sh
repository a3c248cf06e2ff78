#!/bin/sh
# Runs as root in `unshare --mount --pid --fork`: gives the root file system in $BED_ROOT what a running distribution
# has, then becomes the command it was given. All mounts and all processes go with the namespace.
# $BED_SHM: size of /dev/shm. $BED_POSE: a folder whose files are laid over the root's (empty: none).
# $BED_DXG: 1 makes /dev/dxg. $BED_BINDS: lines "SOURCE TARGET ro|rw" (TARGET below the root).
set -eu
root=$BED_ROOT
mount --make-rprivate /
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=755 dev "$root/dev"
while read -r name major minor; do
    mknod -m 666 "$root/dev/$name" c "$major" "$minor"
done <<NODES
null 1 3
zero 1 5
full 1 7
random 1 8
urandom 1 9
tty 5 0
NODES
if [ "$BED_DXG" = 1 ]; then mknod -m 666 "$root/dev/dxg" c 10 125; fi
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs -o "mode=1777,size=$BED_SHM" shm "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
if [ -n "$BED_POSE" ]; then
    (cd "$BED_POSE" && find . -type f) | while read -r file; do
        mount --bind "$BED_POSE/$file" "$root/$file"
    done
fi
printf '%s\n' "$BED_BINDS" | while read -r source target mode; do
    [ -n "$source" ] || continue
    mkdir -p "$root$target"
    mount --bind "$source" "$root$target"
    [ "$mode" = rw ] || mount -o remount,bind,ro "$root$target"
done
exec "$@"
