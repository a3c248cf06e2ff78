"""nvidia-smi on Windows, Linux and WSL: its table (old, new, driver 610 on), -L, -q, --version, CSV, its errors."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from wslgpu.facts.transcripts.clean import clean, clean_lines, missing_command
from wslgpu.facts.transcripts.nvidia_csv import read_csv_rows

# From driver 610 on the banner and -q say KMD and CUDA UMD; the old names may stand beside them, deprecated.
_KMD = re.compile(r"\bKMD [Vv]ersion\s{0,30}:\s{0,30}(\d{2,4}\.\d{1,3}(?:\.\d{1,3})?)")
_DRIVER = re.compile(r"\b[Dd](?:river|RIVER) [Vv]ersion\s{0,30}:\s{0,30}(\d{2,4}\.\d{1,3}(?:\.\d{1,3})?)")
# cmd.exe opens with the quoted name; PowerShell speaks of cmdlets, whose name it does not translate in every language.
_WINDOWS_SHELL = re.compile(
    r"(?im)commandnotfoundexception|cmdlet|^\s{0,20}nvidia-smi(?:\.exe)? : "
    r"|^\s{0,20}[\"'`“„«「]\s?nvidia-smi(?:\.exe)?\s?[\"'’”“»」]"
)
_LOG = re.compile(r"NVSMI LOG|\bAttached GPUs\s{0,40}:")  # `-q`; before driver 410 it names no CUDA
_UMD = re.compile(r"\bCUDA UMD [Vv]ersion\s{0,30}:\s{0,30}(\d{1,2}\.\d{1,2})")
_CUDA = re.compile(r"\bCUDA [Vv]ersion\s{0,30}:\s{0,30}(\d{1,2}\.\d{1,2})")
_BANNER = re.compile(r"\bNVIDIA-SMI (?:version\s{0,20}: )?v?\s{0,20}(\d{2,4}\.\d{1,3}(?:\.\d{1,3})?)")
_BUS = re.compile(r"\b[0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.\d")
_ROW = re.compile(r"^\s{0,8}(\d{1,3})\s{1,8}(\S.{0,60}\S|\S)\s{0,40}$")
_MEMORY = re.compile(r"/\s{0,12}(\d{1,8})\s?Mi?B\b")
_STATES = ("On", "Off", "TCC", "WDDM", "MCDM", "N/A", "ERR!", "Enabled", "Disabled")
_LISTED = re.compile(r"^\s{0,20}GPU (\d{1,3}): (.{1,100}?)\s?\(UUID:", re.MULTILINE)
_PRODUCT = re.compile(r"Product Name\s{0,40}:\s{0,8}([^\n]{1,100})")
_TOTAL = re.compile(r"FB Memory Usage\s{0,20}\n(?:[^\n]{0,200}\n){0,2}?\s{0,40}Total\s{0,40}:\s{0,8}(\d{1,8}) MiB")

_XML_DRIVER = re.compile(r"<driver_version>(\d{2,4}\.[\d.]{1,8})</driver_version>")
_XML_CUDA = re.compile(r"<cuda_version>(\d{1,2}\.\d{1,2})</cuda_version>")
_XML_NAME = re.compile(r"<product_name>([^<\n]{1,100})</product_name>")
_XML_TOTAL = re.compile(r"<fb_memory_usage>\s{0,80}<total>(\d{1,8}) MiB")

ERRORS = (
    ("nvml_gpu_access_blocked", "GPU access blocked by the operating system"),
    ("driver_library_mismatch", "Driver/library version mismatch"),
    ("nvml_init_na", "Failed to initialize NVML: N/A"),
    ("driver_not_communicating", "couldn't communicate with the NVIDIA driver"),
    ("driver_not_loaded", "NVML: Driver Not Loaded"),
    ("nvml_unknown_error", "Failed to initialize NVML: Unknown Error"),
    ("nvml_insufficient_permissions", "Failed to initialize NVML: Insufficient Permissions"),
    ("nvml_not_found", "Failed to initialize NVML: Not Found"),
    ("nvml_library_missing", "couldn't find libnvidia-ml"),
    ("nvml_library_missing", "Failed to initialize NVML: NVML Shared Library Not Found"),
    ("no_devices_found", "No devices were found"),
    ("no_devices_found", "No devices found"),
    ("gpu_lost", "GPU is lost"),
    ("device_handle_error", "Unable to determine the device handle for"),
    ("nvml_init_failed", "Failed to initialize NVML"),
)


@dataclass(frozen=True)
class SmiGpu:
    """A row. `name` as printed, so possibly cut ("NVIDIA GeForce ..."); `model`: WDDM, TCC or MCDM, where shown."""

    index: int
    name: str
    memory_total_mib: int | None = None
    model: str | None = None


@dataclass(frozen=True)
class NvidiaSmi:
    """`driver`: inside WSL that is the WINDOWS driver; `smi`: nvidia-smi's own version, another one there.

    `shell`: "windows" where cmd.exe or PowerShell is what did not find the command.
    """

    driver: str | None = None
    cuda: str | None = None
    gpus: tuple[SmiGpu, ...] = field(default=())
    error: str | None = None
    smi: str | None = None
    shell: str | None = None


def read_nvidia_smi(text: str) -> NvidiaSmi | None:
    """What nvidia-smi printed; None where the text is not its. Read row by row: a torn table gives what it has.

    `cuda` is None for "N/A" and "ERR!". Several outputs in one text: the first one's versions; the caller splits.
    """
    text = clean(text)
    banner = _BANNER.search(text)
    driver = _KMD.search(text) or _DRIVER.search(text) or _XML_DRIVER.search(text)
    cuda = _UMD.search(text) or _CUDA.search(text) or _XML_CUDA.search(text)
    gpus = _table(text) or _listed(text) or _queried(text) or _xml(text)
    csv_driver, csv_gpus = ("", ()) if gpus else read_csv_rows(clean_lines(text))
    if not gpus:
        gpus = tuple(SmiGpu(index, name, memory) for index, name, memory in csv_gpus)
    known = bool(banner and (driver or cuda)) or bool(gpus) or bool(csv_driver)
    known = known or bool(driver and (cuda or _LOG.search(text)))
    if known:
        return NvidiaSmi(
            driver=driver.group(1) if driver else (csv_driver or None),
            cuda=cuda.group(1) if cuda else None,
            gpus=gpus,
            error=_error(text) if not gpus else None,
            smi=banner.group(1) if banner else None,
        )
    error = _error(text)
    in_windows = error == "command_not_found" and bool(_WINDOWS_SHELL.search(text))
    return NvidiaSmi(error=error, shell="windows" if in_windows else None) if error else None


def _error(text: str) -> str | None:
    plain = text.replace("’", "'").replace("\\'", "'")
    flat = " ".join(plain.split())
    for word, part in ERRORS:
        if part in flat:
            return word
    if missing_command(text, "nvidia-smi"):
        return "command_not_found"
    if "nvidia-smi" in flat.lower() and re.search(r"[Ss]egmentation fault|SIGSEGV|core dumped", flat):
        return "segmentation_fault"
    return None


def _table(text: str) -> tuple[SmiGpu, ...]:
    gpus: list[SmiGpu] = []
    for line in text.split("\n"):
        cells = line[:4000].replace("│", "|").split("|")
        for at in range(1, len(cells)):  # all of them: a logger may have put the whole table on one line
            memory = _MEMORY.search(cells[at])
            row = _ROW.match(cells[at - 1]) if _is_place(cells[at], cells[at - 1]) else None
            if row is not None:
                name, model = _split_state(row.group(2))
                gpus.append(SmiGpu(int(row.group(1)), name, None, model))
            elif memory and gpus and gpus[-1].memory_total_mib is None:
                last = gpus[-1]
                gpus[-1] = SmiGpu(last.index, last.name, int(memory.group(1)), last.model)
    return tuple(gpus)


def _is_place(cell: str, before: str) -> bool:
    """Whether a cell is that of the bus address; a Jetson has none and says N/A twice."""
    return bool(_BUS.search(cell)) or (cell.split() == ["N/A", "N/A"] and before.split()[-1:] == ["N/A"])


def _split_state(cell: str) -> tuple[str, str | None]:
    name, _, state = cell.rpartition(" ")
    if name and state in _STATES:
        return name.strip(), state if state in ("TCC", "WDDM", "MCDM") else None
    return cell.strip(), None


def _listed(text: str) -> tuple[SmiGpu, ...]:
    return tuple(SmiGpu(int(hit[1]), hit[2].strip()) for hit in _LISTED.finditer(text))


def _queried(text: str) -> tuple[SmiGpu, ...]:
    gpus: list[SmiGpu] = []
    parts = text.split("Product Name")
    for index, part in enumerate(parts[1:]):
        name, total = _PRODUCT.match("Product Name" + part), _TOTAL.search(part)
        if name:
            gpus.append(SmiGpu(index, name.group(1).strip(), int(total.group(1)) if total else None))
    return tuple(gpus)


def _xml(text: str) -> tuple[SmiGpu, ...]:
    gpus: list[SmiGpu] = []
    for index, part in enumerate(text.split("<gpu id=")[1:]):
        name, total = _XML_NAME.search(part), _XML_TOTAL.search(part)
        if name:
            gpus.append(SmiGpu(index, name.group(1), int(total.group(1)) if total else None))
    return tuple(gpus)
