"""Rows of `nvidia-smi --query-gpu=... --format=csv`, with or without header, units and a logger's prefix."""

from __future__ import annotations

import re

_COLUMNS = re.compile(
    r"\b(?:index|name|gpu_name|driver_version|memory\.total|memory\.used|memory\.free|uuid|pci\.bus_id|compute_cap"
    r"|count|timestamp|temperature\.gpu|utilization\.gpu|power\.draw|pstate|driver_model\.current)\b"
)
_DRIVER = re.compile(r"\d{3}\.\d{1,3}(?:\.\d{1,3})?$")
_BUS = re.compile(r"[0-9A-Fa-f]{8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.\d$")
_MIB = re.compile(r"(\d{1,8}) Mi?B$")
_MAKER = re.compile(r"NVIDIA|GeForce|Tesla|Quadro|TITAN|RTX|GTX|[AHLTBV]\d{2,3}\b")

LEAST_MIB = 1000  # of a bare number that is taken for the memory: temperatures, watts and percents are smaller

Row = tuple[int, str, "int | None"]


def read_csv_rows(lines: list[str]) -> tuple[str, tuple[Row, ...]]:
    """(driver version or "", rows of (index, name, total MiB)); ("", ()) where the lines hold no such answer.

    Without a header a column is told by its shape; of several sizes the largest is the total. Where no index is asked
    for, rows count from 0, the order in which nvidia-smi prints them.
    """
    for at, line in enumerate(lines):
        if line.strip() == "driver_version":
            return _with_header(["driver_version"], line.index("driver_version"), lines[at + 1 :])
        found = _COLUMNS.search(line[:2000])
        if found and line.count(",") >= 1 and len(_COLUMNS.findall(line[:2000])) >= 2 and "--query" not in line:
            start = found.start()
            columns = [column.strip().split(" ")[0] for column in line[start:].split(",")]
            return _with_header(columns, start, lines[at + 1 :])
    return _without_header(lines)


def _with_header(columns: list[str], start: int, lines: list[str]) -> tuple[str, tuple[Row, ...]]:
    driver = ""
    rows: list[Row] = []
    for line in lines:
        cells = [cell.strip() for cell in line[start:].split(",")]
        if len(cells) != len(columns):
            if line.strip():
                break
            continue
        row = dict(zip(columns, cells, strict=True))
        name = row.get("name", row.get("gpu_name", ""))
        total = re.match(r"\d{1,8}", row.get("memory.total", ""))
        index = row.get("index", "")
        driver = driver or (row.get("driver_version", "") if _DRIVER.match(row.get("driver_version", "")) else "")
        if name:
            rows.append((int(index) if index.isdigit() else len(rows), name, int(total.group(0)) if total else None))
    return driver, tuple(rows)


def _without_header(lines: list[str]) -> tuple[str, tuple[Row, ...]]:
    driver = ""
    rows: list[Row] = []
    for line in lines[:200]:
        cells = [cell.strip() for cell in line[:600].split(",")]
        if not 2 <= len(cells) <= 30:
            continue
        name = next((cell for cell in cells if _MAKER.search(cell) and len(cell) < 60 and ":" not in cell), "")
        version = next((cell for cell in cells if _DRIVER.match(cell)), "")
        sizes = [int(found.group(1)) for found in map(_MIB.match, cells) if found]
        if not name or not (version or sizes or any(_BUS.match(cell) for cell in cells)):
            continue
        indexed = cells[0].isdigit() and len(cells[0]) < 3
        bare = [int(cell) for cell in cells[indexed:] if cell.isdigit()]
        if not sizes and len(cells) <= 5 and len(bare) == 1 and bare[0] >= LEAST_MIB:  # asked for without units
            sizes = bare
        rows.append((int(cells[0]) if indexed else len(rows), name, max(sizes) if sizes else None))
        driver = driver or version
    return driver, tuple(rows)
