"""What the source of a Sequence says that running it cannot: which lines, which locks, what is asked of `fit`. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from wslgpu.training.audit_classes import Class, read_class

OLD_FIT = {"workers", "use_multiprocessing", "max_queue_size"}
OLD_METHODS = {"fit_generator", "evaluate_generator", "predict_generator"}


@dataclass(frozen=True)
class Source:
    """A file. `fits`: (line, old arguments) of calls of fit; `trains_at`: a fit that importing the file would run."""

    path: str
    text: str
    classes: dict[str, Class]
    fits: tuple[tuple[int, tuple[str, ...]], ...] = ()
    old_methods: tuple[tuple[int, str], ...] = ()
    trains_at: int | None = None
    globals: dict[str, int] = field(default_factory=dict)  # name, line

    def family(self, name: str) -> tuple[Class, ...]:
        """A class and those of its bases that stand in the same file, nearest first."""
        found: list[Class] = []
        waiting = [name]
        while waiting:
            known = self.classes.get(waiting.pop(0))
            if known is not None and known not in found:
                found.append(known)
                waiting += known.bases
        return tuple(found)


def read_source(path: str, text: str) -> Source | None:
    """The look at a file; None where it is not Python that this interpreter can read."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    aliases = dict(_read_aliases(tree))
    classes = {node.name: read_class(node, aliases) for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    fits, methods = [], []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            old = tuple(word.arg for word in node.keywords if word.arg in OLD_FIT)
            if node.func.attr in ("fit", "evaluate", "predict") and old:
                fits.append((node.lineno, tuple(word for word in old if word)))
            if node.func.attr in OLD_METHODS:
                methods.append((node.lineno, node.func.attr))
    return Source(path, text, classes, tuple(fits), tuple(methods), _find_training(tree), dict(_read_globals(tree)))


def _read_globals(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in tree.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                for part in target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]:
                    if isinstance(part, ast.Name):
                        yield part.id, node.lineno


def _read_aliases(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield (name.asname or name.name.split(".")[0], name.name if name.asname else name.name.split(".")[0])
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for name in node.names:
                yield name.asname or name.name, f"{node.module}.{name.name}"


def _find_training(tree: ast.Module) -> int | None:
    """The line of a `fit` that stands at the top level, outside `if __name__ == "__main__"`."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        if isinstance(node, ast.If) and "__name__" in ast.dump(node.test):
            continue
        for item in ast.walk(node):
            if (
                isinstance(item, ast.Call)
                and isinstance(item.func, ast.Attribute)
                and item.func.attr in ("fit", "fit_generator", "train_on_batch")
            ):
                return item.lineno
    return None
