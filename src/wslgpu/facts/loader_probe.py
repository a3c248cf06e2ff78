"""What glibc's dynamic loader would take for a soname, found by reading files; nothing is loaded.

Plain Python 3.7, standard library only; its text goes in front of venv_probe's. The order is that of ld.so(8): what is
loaded already, RPATH, LD_LIBRARY_PATH, RUNPATH of the file that asks, ld.so.cache, the system's folders. A file for
another machine is passed over, a broken one is taken and fails. Folders glibc-hwcaps are not looked into.
"""

import os
import re
import struct

WSL_FOLDER = "/usr/lib/wsl/"
TABLE_LIMIT = 1 << 20  # bytes; a damaged file may claim any size
SYMBOLS_LIMIT = 1000  # of one bucket, likewise
GNU_HASH = 0x6FFFFEF5
MACHINES = {"x86_64": (62, 0x0303), "aarch64": (183, 0x0A03)}  # ELF's e_machine, ld.so.cache's flags
MACHINE, CACHE_FLAGS = MACHINES.get(os.uname().machine if hasattr(os, "uname") else "", (None, None))


class Elf(object):
    """What the loader reads of a shared library. `fault`: why it cannot be loaded; `alien`: why it is passed over."""

    def __init__(self, path):
        self.needed, self.soname, self.rpath, self.runpath, self.fault, self.alien = [], "", [], [], "", ""
        self.path, self.loads, self.tables = path, [], {}
        try:
            with open(path, "rb") as file:
                self._read(file, os.fstat(file.fileno()).st_size)
        except (OSError, OverflowError, ValueError, struct.error) as error:
            self.fault = "cannot be read: %s" % error

    def _read(self, file, size):
        head = file.read(64)
        if head[:4] != b"\x7fELF":
            self.fault = "is not a shared library" if size else "is empty"
            return
        if len(head) < 64:
            self.fault = "is cut short: %d bytes" % size
            return
        if head[4] != 2 or head[5] != 1:
            self.alien = "is for another kind of machine"
            return
        if MACHINE and struct.unpack_from("<H", head, 18)[0] != MACHINE:
            self.alien = "is for another kind of machine"
            return
        (table,) = struct.unpack_from("<Q", head, 32)
        entry, count = struct.unpack_from("<HH", head, 54)
        file.seek(table)
        rows = file.read(min(entry * count, TABLE_LIMIT))
        loads, dynamic = [], None
        for row in range(0, entry * count, entry):
            (kind,) = struct.unpack_from("<I", rows, row)
            offset, address, _, length = struct.unpack_from("<QQQQ", rows, row + 8)
            if kind == 1:
                loads.append((address, offset, length))
                if offset + length > size:
                    self.fault = "is cut short: %d bytes, at least %d are described" % (size, offset + length)
                    return
            elif kind == 2:
                dynamic = (offset, length)
        self.loads = loads
        if dynamic:
            self._read_dynamic(file, dynamic)

    def _at(self, address):
        """Where in the file a loaded address stands, None for nowhere."""
        return next((o + address - a for a, o, n in self.loads if address is not None and a <= address < a + n), None)

    def _read_dynamic(self, file, dynamic):
        file.seek(dynamic[0])
        rows = file.read(min(dynamic[1], TABLE_LIMIT))
        tags = [struct.unpack_from("<QQ", rows, at) for at in range(0, len(rows) - 15, 16)]
        self.tables = {tag: self._at(value) for tag, value in reversed(tags) if tag in (5, 6, GNU_HASH)}
        base = self.tables.get(5)
        if base is None:
            return
        for tag, value in tags:
            if tag == 1:
                self.needed.append(text_at(file, base + value))
            elif tag == 14:
                self.soname = text_at(file, base + value)
            elif tag == 15:
                self.rpath = folders_of(text_at(file, base + value))
            elif tag == 29:
                self.runpath = folders_of(text_at(file, base + value))

    def number(self, symbol):
        """The 4 bytes behind an exported symbol as a number, found as the loader finds it; None where there is none."""
        places = [self.tables.get(tag) for tag in (GNU_HASH, 6, 5)]
        if self.fault or self.alien or None in places:
            return None
        try:
            with open(self.path, "rb") as file:
                address = find_symbol(file, places, symbol)
                place = self._at(address)
                return None if place is None else unpack_at(file, place, "<I")[0]
        except (OSError, OverflowError, ValueError, struct.error):
            return None


def unpack_at(file, offset, form):
    file.seek(offset)
    return struct.unpack(form, file.read(struct.calcsize(form)))


def find_symbol(file, places, symbol):
    """The address of a symbol, by the file's DT_GNU_HASH, DT_SYMTAB and DT_STRTAB: a few small reads."""
    table, symbols, strings = places
    wanted = 5381
    for letter in symbol.encode("ascii"):
        wanted = (wanted * 33 + letter) & 0xFFFFFFFF
    buckets, first, bloom, _ = unpack_at(file, table, "<4I")
    start = table + 16 + 8 * bloom
    (lowest,) = unpack_at(file, start + 4 * (wanted % buckets), "<I") if buckets else (0,)
    for index in range(lowest, lowest + SYMBOLS_LIMIT) if lowest >= max(first, 1) else ():
        (found,) = unpack_at(file, start + 4 * (buckets + index - first), "<I")
        if found | 1 == wanted | 1:
            name, _, _, section, address = unpack_at(file, symbols + 24 * index, "<IBBHQ")
            if section and text_at(file, strings + name) == symbol:
                return address
        if found & 1:  # the last one of its bucket
            break
    return None


def text_at(file, offset):
    file.seek(offset)
    data = b""
    while b"\0" not in data:
        more = file.read(4096)
        if not more:
            break
        data += more
    return data.split(b"\0", 1)[0].decode("utf-8")


def folders_of(text):
    return list(dict.fromkeys(folder for folder in text.split(":") if folder))


def expand(folder, origin):
    return folder.replace("$ORIGIN", origin).replace("${ORIGIN}", origin)


def read_cache(path):
    """ld.so.cache as {soname: [path, ...]}, in its order; the format since glibc 2.2."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return {}
    start = data.find(b"glibc-ld.so.cache1.1")
    found = {}
    if start < 0 or len(data) < start + 48:
        return found
    (count,) = struct.unpack_from("<I", data, start + 20)
    for at in range(start + 48, min(start + 48 + 24 * count, len(data) - 23), 24):
        flags, key, value = struct.unpack_from("<iII", data, at)
        if CACHE_FLAGS is None or flags == CACHE_FLAGS:
            found.setdefault(zero_ended(data, start + key), []).append(zero_ended(data, start + value))
    return found


def zero_ended(data, at):
    end = data.find(b"\0", at)
    return data[at : end if end >= 0 else len(data)].decode("utf-8", "replace")


class Loader(object):
    """glibc's dynamic loader, without loading."""

    def __init__(self, cache_path, root):
        self.preset = [folder or "." for folder in re.split("[:;]", os.environ.get("LD_LIBRARY_PATH") or "") if folder]
        if ":" in (os.environ.get("LD_LIBRARY_PATH") or "") and "" in os.environ["LD_LIBRARY_PATH"].split(":"):
            self.preset.append(os.getcwd())  # an empty entry means the current folder
        self.cache_path, self.root, self.cache = cache_path, root, None
        self.elves, self.loaded, self.reals = {}, {}, {}

    def real(self, folder):
        """os.path.realpath, once for each folder: it asks for every part of the path."""
        if folder not in self.reals:
            self.reals[folder] = os.path.realpath(folder)
        return self.reals[folder]

    def elf(self, path):
        if path not in self.elves:
            self.elves[path] = Elf(path)
        return self.elves[path]

    def candidates(self, soname, asker):
        elf, origin = self.elf(asker), os.path.dirname(asker)
        if not elf.runpath:
            for folder in elf.rpath:
                yield os.path.join(expand(folder, origin), soname), "wheel"
        for folder in self.preset:
            yield os.path.join(folder, soname), "ld_library_path"
        for folder in elf.runpath:
            yield os.path.join(expand(folder, origin), soname), "wheel"
        if self.cache is None:
            self.cache = read_cache(self.cache_path)
        for path in self.cache.get(soname, []):
            yield path, "ld_cache"
        machine = os.uname().machine + "-linux-gnu"
        for folder in ("lib/" + machine, "usr/lib/" + machine, "lib64", "usr/lib64", "lib", "usr/lib"):
            yield os.path.join(self.root, folder, soname), "ld_cache"

    def searched(self, asker):
        """The folders inside the environment in which this file itself looks."""
        elf, origin = self.elf(asker), os.path.dirname(asker)
        folders = [self.real(expand(folder, origin)) for folder in elf.runpath or elf.rpath]
        return [folder for folder in dict.fromkeys(folders) if os.path.isdir(folder)]

    def load(self, soname, asker):
        """The library as a dict; what it needs is loaded along. A soname is loaded once, as the loader does."""
        if soname in self.loaded:
            return self.loaded[soname]
        found = {"soname": soname, "path": None, "origin": "missing", "asked_by": asker, "passed_over": []}
        self.loaded[soname] = found
        for path, origin in self.candidates(soname, asker):
            if not os.path.isfile(path):
                continue
            elf = self.elf(path)
            if elf.alien:
                found["passed_over"].append(path)
                continue
            folder = self.real(os.path.dirname(path))
            path = os.path.join(folder, soname)
            found["origin"] = "wsl" if (folder + "/").startswith(WSL_FOLDER) else origin
            found["path"], found["real"], found["fault"] = path, os.path.realpath(path), elf.fault
            self.load_needed(found, elf)
            break
        return found

    def load_needed(self, found, elf):
        if elf.soname and elf.soname != found["soname"]:
            found["fault"] = "is really %s under another name" % elf.soname
        for needed in elf.needed:
            if re.match(r"lib(cu|nv|nccl)", needed) and not needed.startswith("libcuda.so"):
                part = self.load(needed, found["path"])
                if part["origin"] == "missing" and not found["fault"]:
                    found["fault"] = "needs %s, which is not found" % needed
