"""Which CUDA libraries would this venv's TensorFlow load? Answers without importing TensorFlow or loading a library.

Plain Python 3.7, standard library only; its text follows loader_probe's and is handed to the venv's own interpreter
(-I). Prints one JSON object. The first argument may name another ld.so.cache, the second another root for the
system's folders (tests).
"""

# ruff: noqa: F821 -- Loader stands in loader_probe, whose text goes in front of this one

import ast
import json
import os
import re
import sys

INTERESTING = re.compile(
    r"(tensorflow|tf[-_]|keras|nvidia[-_]|numpy|protobuf|torch|jax|tensorrt|h5py|tensorboard|setuptools|pip|uv)"
)
# sonames by CUDA version: the first row whose version is not newer than the build's.
SONAMES = [
    ((13, 0), "cudart.13 cublas.13 cublasLt.13 cufft.12 cusolver.12 cusparse.12 curand.10 nvJitLink.13 cupti.13"),
    ((12, 0), "cudart.12 cublas.12 cublasLt.12 cufft.11 cusolver.11 cusparse.12 curand.10 nvJitLink.12 cupti.12"),
    ((11, 2), "cudart.11.0 cublas.11 cublasLt.11 cufft.10 cusolver.11 cusparse.11 curand.10"),
    ((11, 0), "cudart.11.0 cublas.11 cublasLt.11 cufft.10 cusolver.10 cusparse.11 curand.10"),
    ((10, 1), "cudart.10.1 cublas.10 cublasLt.10 cufft.10 cusolver.10 cusparse.10 curand.10"),
    ((10, 0), "cudart.10.0 cublas.10.0 cufft.10.0 cusolver.10.0 cusparse.10.0 curand.10.0"),
]
# libtensorflow_framework opens these before it registers a GPU; one that is missing costs all GPUs ("Cannot dlopen
# some GPU libraries", tensorflow/tensorflow#117538). The others are opened when they are needed, by whatever file of
# TensorFlow's needs them; curand was essential up to CUDA 11.2, and nobody opens it since.
ESSENTIAL = ("cudart", "cublas", "cublasLt", "cufft", "cusolver", "cusparse", "cudnn")
CUDNN_PARTS = {
    9: ("graph", "ops", "cnn", "adv", "engines_precompiled", "engines_runtime_compiled", "heuristic"),
    8: ("ops_infer", "cnn_infer", "adv_infer", "ops_train", "cnn_train", "adv_train"),
}

# The part whose code decides what cuDNN can do, and the names of the numbers that are not called after their file.
CUDNN_NUMBERED = ("cudnn_graph", "cudnn_ops_infer")
CUDNN_SYMBOLS = {"cudnn_ops": "cudnn_ops_infer_version", "cudnn_adv": "cudnn_adv_infer_version"}


def read_text(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


class Site(object):
    """What is installed on sys.path, by the names of the folders that installers leave."""

    def __init__(self):
        self.distributions, self.folders, self.records = {}, {}, {}
        for site in sys.path:
            try:
                names = sorted(os.listdir(site)) if site else []
            except OSError:
                continue
            for name in names:
                match = re.match(r"(.+?)-(\d[^-]*)(?:-py[\d.]+)?\.(?:dist|egg)-info$", name)
                if match and INTERESTING.match(match.group(1).lower()):
                    plain = re.sub(r"[-_.]+", "-", match.group(1)).lower()
                    if plain not in self.distributions:
                        self.distributions[plain] = match.group(2)
                        self.folders[plain] = os.path.join(site, name)

    def wheel_of(self, path):
        """(name, version, size on record) of the distribution that a file under nvidia/NAME/ came with."""
        match = re.search(r"^(.*)/(nvidia/([^/]+)/.+)$", path)
        if not match:
            return None, None, None
        wanted = "nvidia-%s" % match.group(3).replace("_", "-")
        owners = [
            (name, self.distributions[name], size)
            for name, folder in self.folders.items()
            if name.startswith(wanted) and os.path.dirname(folder) == match.group(1)
            for size in [self.size_on_record(folder, match.group(2))]
            if size is not None
        ]
        if len(owners) > 1:  # cuDNN for CUDA 12 and for CUDA 13 write the same files: whose was written last?
            here = os.path.getsize(path)
            owners.sort(key=lambda owner: owner[2] != here)
        return owners[0] if owners else (None, None, None)

    def size_on_record(self, folder, relative):
        if folder not in self.records:
            self.records[folder] = "\n" + read_text(os.path.join(folder, "RECORD"))
        row = self.records[folder].partition("\n%s," % relative)[2].partition("\n")[0]
        size = row.rpartition(",")[2].strip()
        return int(size) if size.isdigit() else None

    def elsewhere(self, soname):
        """A wheel's library of that name, whether or not anybody looks there."""
        for site in sys.path:
            nvidia = os.path.join(site, "nvidia")
            for name in sorted(os.listdir(nvidia)) if site and os.path.isdir(nvidia) else []:
                path = os.path.join(nvidia, name, "lib", soname)
                if os.path.isfile(path) and not os.path.islink(path):
                    return path
        return None


def find_tensorflow(site):
    for entry in sys.path:
        folder = os.path.join(entry, "tensorflow")
        if entry and os.path.isdir(os.path.join(folder, "python")):
            break
    else:
        return None
    package = next(
        (n for n in ("tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tf-nightly") if n in site.folders), ""
    )
    found = {"package": package, "version": site.distributions.get(package), "folder": folder, "build": {}}
    found["build"] = read_build_info(os.path.join(folder, "python", "platform", "build_info.py"))
    cuda = str(found["build"].get("cuda_version") or "")
    cudnn = str(found["build"].get("cudnn_version") or "")
    if not cuda and found["build"].get("is_cuda_build", True):  # 2.22 no longer says; the extra's requirements do
        text = read_text(os.path.join(site.folders.get(package, ""), "METADATA"))
        cuda = "".join(re.findall(r"nvidia-cuda-runtime-cu(\d+)", text)[:1])
        cudnn = "".join(re.findall(r"nvidia-cudnn-cu\d+[^\n]*?[=>]=\s*(\d+)", text)[:1])
    found["cuda"], found["cudnn"] = cuda, cudnn
    found["gpu_build"] = bool(found["build"].get("is_cuda_build", cuda))
    names = ("libtensorflow_framework.so", "libtensorflow_cc.so", "python/_pywrap_tensorflow_internal.so")
    found["loaders"] = [
        path
        for name in names
        for end in (".2", ".1", "")
        for path in [os.path.join(folder, name + end)]
        if os.path.isfile(path)
    ]
    return found


def read_build_info(path):
    try:
        tree = ast.parse(read_text(path))
    except (SyntaxError, ValueError):
        return {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "build_info":
            value = node.value.args[0] if isinstance(node.value, ast.Call) and node.value.args else node.value
            try:
                return dict(ast.literal_eval(value))
            except (ValueError, TypeError):
                return {}
    return {}


def wanted_sonames(tensorflow):
    """[(name, soname)] that this build opens, in its order."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", tensorflow["cuda"])[:2])
    numbers = numbers if len(numbers) == 2 else numbers + (99,)
    row = next((names for version, names in SONAMES if version <= numbers), "")
    wanted = [(name.split(".")[0], "lib%s.so.%s" % tuple(name.split(".", 1))) for name in row.split()]
    cudnn = re.match(r"\d+", tensorflow["cudnn"])
    if cudnn:
        wanted.insert(len(ESSENTIAL) - 1, ("cudnn", "libcudnn.so." + cudnn.group()))
    return wanted + [("nccl", "libnccl.so.2"), ("cuda", "libcuda.so.1")]


def look(loader, site, tensorflow):
    found = []
    askers = tensorflow["loaders"]
    for name, soname in wanted_sonames(tensorflow) if askers else []:
        essential = name in ESSENTIAL or (name == "curand" and tensorflow["cuda"].startswith(("10.", "11.0", "11.2")))
        for asker in askers[:1] if essential or name == "cuda" else askers:
            library = loader.load(soname, asker)
            if library["origin"] != "missing" or asker == askers[-1]:
                break
            loader.loaded.pop(soname)
        found.append(dict(library, name=name, essential=essential))
        if name == "cudnn" and library["path"]:
            found += look_at_cudnn(loader, library, tensorflow["cuda"])
    for library in found:
        library["searched"] = loader.searched(library["asked_by"]) if library["path"] is None else []
        describe(library, site)
        if library["name"].startswith("cudnn"):
            library["version"] = cudnn_version(loader, library, found)
    return found


def cudnn_version(loader, library, found):
    """The version that the code itself has, where it says one; else what the wheel or the file's name told.

    Each part exports its number, 0x00091C00 for 9.28.0 (seen from 8.9.4 to 9.28.0). libcudnn.so has none: it only opens
    the parts. A wheel's record may be wrong of its files, for two packages can have written the same ones.
    """
    parts = CUDNN_NUMBERED if library["name"] == "cudnn" else (library["name"],)
    for part in found:
        if part["name"] in parts and part["path"]:
            symbol = CUDNN_SYMBOLS.get(part["name"], part["name"] + "_version")
            number = loader.elf(part["path"]).number(symbol)
            own = number and "%d.%d.%d" % (number >> 16, number >> 8 & 255, number & 255)
            told = library["version"] or ""
            return own if own and not (told + ".").startswith(own + ".") else library["version"]
    return library["version"]


def look_at_cudnn(loader, cudnn, cuda):
    """cuDNN opens its parts and nvrtc itself; LD_LIBRARY_PATH can bring them from another release than its own."""
    major = cudnn["soname"].rsplit(".", 1)[1]
    names = ["libcudnn_%s.so.%s" % (part, major) for part in CUDNN_PARTS.get(int(major), ())]
    beside = [n for n in os.listdir(os.path.dirname(cudnn["path"])) if re.match(r"libcudnn_\w+\.so\.%s$" % major, n)]
    found = [
        dict(loader.load(name, cudnn["path"]), name=name[3:].split(".")[0], essential=True)
        for name in list(dict.fromkeys(names + sorted(beside)))
    ]
    graph = found[0]["path"] if found else None
    if graph and int(major) >= 9:
        found.append(dict(loader.load("libnvrtc.so." + cuda.split(".")[0], graph), name="nvrtc", essential=False))
    return found


def describe(library, site):
    path, soname = library["path"], library["soname"]
    library["version"] = library["toolkit"] = library["present_at"] = library["package"] = None
    library["stub"] = bool(path) and "/stubs/" in library["real"] + path
    if path is None or library["origin"] != "wheel":
        library["present_at"] = site.elsewhere(soname)
    if path is None:
        return
    library["package"], library["version"], size = site.wheel_of(library["real"])
    if size is not None and not library["fault"] and os.path.getsize(path) != size:
        library["fault"] = "has %d bytes, the wheel's record says %d" % (os.path.getsize(path), size)
    if library["version"] is None:
        numbers = re.search(r"\.so\.(\d+\.\d[\d.]*)$", library["real"])
        library["version"] = (numbers and numbers.group(1)) or cudnn_header(path)
    toolkit = re.search(r"/cuda-(\d+\.\d+)/", library["real"])
    library["toolkit"] = toolkit and toolkit.group(1)


def cudnn_header(path):
    if "libcudnn" not in path:
        return None
    for folder in ("../include", "../../include", "../../../include"):
        text = read_text(os.path.join(os.path.dirname(path), folder, "cudnn_version.h"))
        found = dict(re.findall(r"#define CUDNN_(MAJOR|MINOR|PATCHLEVEL)\s+(\d+)", text))
        if "MAJOR" in found:
            return ".".join(found.get(part, "0") for part in ("MAJOR", "MINOR", "PATCHLEVEL"))
    return None


def look_for_tools(site):
    """ptxas and libdevice, each in XLA's order (FindCudaExecutable, CandidateCudaRoots in its sources): the folder of
    XLA_FLAGS, for ptxas then PATH, then /usr/local/cuda, and the nvcc wheel only then."""
    flag = re.search(r"--xla_gpu_cuda_data_dir=(\S+)", os.environ.get("XLA_FLAGS") or "")
    roots = [(flag.group(1), "flag")] if flag else []
    later = [("/usr/local/cuda", "system")]
    later += [(os.path.join(entry, "nvidia", "cuda_nvcc"), "wheel") for entry in sys.path if entry]
    ptxas = [(os.path.join(root, "bin", "ptxas"), origin) for root, origin in roots]
    ptxas += [(os.path.join(f, "ptxas"), "path") for f in (os.environ.get("PATH") or "").split(":") if f]
    ptxas += [(os.path.join(root, "bin", "ptxas"), origin) for root, origin in later]
    libdevice = [(os.path.join(root, "nvvm/libdevice/libdevice.10.bc"), origin) for root, origin in roots + later]
    tools = {"ptxas": existing(ptxas, site, os.X_OK), "libdevice": existing(libdevice, site, os.R_OK)}
    for tool in [tool for tool in tools["ptxas"] if tool["usable"]][:1]:
        if tool["version"] is None and tool["toolkit"] is None:
            tool["version"] = ptxas_version(tool["path"])
    return tools


def ptxas_version(path):
    """Only the first one is asked, and only where neither a wheel's record nor its folder tells: it costs time."""
    import subprocess

    try:
        said = subprocess.run(
            [path, "--version"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=3
        ).stdout.decode("utf-8", "replace")
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r", V([\d.]+)", said)
    return found and found.group(1)


def existing(candidates, site, mode):
    found = []
    for path, origin in candidates:
        if os.path.isfile(path) and path not in [tool["path"] for tool in found]:
            real = os.path.realpath(path)
            toolkit = re.search(r"/cuda-(\d+\.\d+)/", real)
            found.append(
                {
                    "path": path,
                    "origin": origin,
                    "usable": os.access(path, mode),
                    "version": site.wheel_of(real)[1],
                    "toolkit": toolkit and toolkit.group(1),
                }
            )
    return found


def main():
    cache = sys.argv[1] if len(sys.argv) > 1 else "/etc/ld.so.cache"
    root = sys.argv[2] if len(sys.argv) > 2 else "/"
    sys.path[:] = [os.path.realpath(entry) for entry in sys.path if entry]  # .venv is a link; records name real paths
    site = Site()
    loader = Loader(cache, root)
    tensorflow = find_tensorflow(site)
    on_linux = sys.platform.startswith("linux")
    report = {
        "schema": 1,
        "python": "%d.%d.%d" % sys.version_info[:3],
        "prefix": os.path.realpath(sys.prefix),  # libraries are told by their real folders; .venv is a link
        "base_prefix": sys.base_prefix,
        "base_python": os.path.realpath(sys.executable),
        "distributions": site.distributions,
        "tensorflow": tensorflow,
        "ld_library_path": loader.preset,
        "ld_preload": os.environ.get("LD_PRELOAD") or "",
        "libraries": look(loader, site, tensorflow) if on_linux and tensorflow and tensorflow["gpu_build"] else [],
        "tools": look_for_tools(site),
    }
    sys.stdout.write(json.dumps(report))


main()
