"""Put on PYTHONPATH by `wslgpu run`: waits until Keras is imported, and only then loads the watchdog beside it.

Every Python of the run passes here, also those that train nothing, so nothing but a finder is installed.
Plain Python 3.7, standard library only. A sitecustomize of the user's own still runs.
"""

# mypy: ignore-errors
import importlib.machinery
import importlib.util
import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  (starts with every python: no pathlib)


def _load_watchdog():
    # By its folder and under a name of its own: the package index has a `watchdog`, which programs import.
    name, folder = "_wslgpu_watchdog", os.path.join(_HERE, "_wslgpu_watchdog")  # noqa: PTH118
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            name, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]  # noqa: PTH118
        )
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


class _Loader:
    def __init__(self, loader):
        self._loader = loader

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        try:
            _watch(module)
        except Exception as error:
            sys.stderr.write(f"wslgpu: the watchdog could not be loaded: {error!r}\n")


class _Finder:
    """Answers for Keras' pool modules alone, and leaves the finding itself to the finders behind it."""

    names = frozenset(os.environ.get("WSLGPU_WATCHED_MODULES", "").split(","))

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name not in cls.names:
            return None
        for finder in sys.meta_path:
            if finder is cls or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader)
                return spec
        return None


def _watch(module):
    import multiprocessing

    watchdog = _load_watchdog()
    method = os.environ.get("WSLGPU_START_METHOD", "auto")
    process = multiprocessing.current_process()
    # A spawned worker imports the program before it gets its own Process object, which knows its parent.
    worker = getattr(process, "_parent_pid", None) is not None or getattr(process, "_inheriting", False)
    if worker:
        watchdog.patch_keras(module, None, method)
        return
    limit = float(os.environ.get("WSLGPU_STUCK_AFTER", "300"))
    running = watchdog.install(os.environ["WSLGPU_RUN_DIR"], method, limit)
    watchdog.patch_keras(module, running, method)
    running.tell("watching", module=module.__name__)


def _run_users_own():
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or os.curdir) != _HERE]  # noqa: PTH100
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize")
    if spec is not None and spec.loader is not None:
        module = type(sys)("sitecustomize")
        module.__spec__ = spec
        module.__file__ = spec.origin
        spec.loader.exec_module(module)


def _report_in():
    # Outside it is looked for: a Python with TensorFlow that did not write it is not watched (python -I, -E, -S).
    path = os.path.join(os.environ["WSLGPU_RUN_DIR"], f"py.{os.getpid()}")  # noqa: PTH118
    try:  # noqa: SIM105  (contextlib is not to be imported into every python)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    except OSError:
        pass


if os.environ.get("WSLGPU_RUN_DIR"):
    sys.meta_path.insert(0, _Finder)
    _report_in()
_run_users_own()
