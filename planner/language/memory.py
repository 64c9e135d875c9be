"""Whether a model fits the memory that is free, asked before anything is loaded.

llama.cpp maps the weights, so that loading them never fails; a machine without room for them then
crawls, or ends some program. The need is counted from the head of the file: weights, the memory of
the context, and room to compute in.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from planner.language.gguf import GgufHead

GB: Final = 1e9
# What llama.cpp itself and its small buffers take.
_BASE: Final = 60_000_000
_HALF: Final = 2
_FULL: Final = 4
_NO_LIMIT: Final = 1 << 60


def needed_bytes(
    head: GgufHead, size: int, *, context: int, n_batch: int, gpu_layers: int = 0
) -> int:
    """Return the memory that a model needs, in bytes.

    Parameters
    ----------
    head
        The head of its file.
    size
        The file's size in bytes.
    context
        Tokens of the context.
    n_batch
        Tokens evaluated at a time.
    gpu_layers
        Layers that lie in the memory of a graphics card instead, -1 for all.
    """
    width = head.key_width + head.value_width
    kept = context * head.blocks * width * _HALF
    scores = n_batch * max(head.vocabulary, head.embedding * 8) * _FULL
    share = 1.0
    if gpu_layers and head.blocks:
        moved = head.blocks if gpu_layers < 0 else min(gpu_layers, head.blocks)
        share = 1 - moved / head.blocks
    return _BASE + scores + int((size + kept) * share)


def free_bytes() -> int:
    """Return the memory that a new program may take, in bytes.

    The least of what the system has to give, what the process's control group leaves, and what the
    process's own limit leaves.
    """
    import psutil

    return min(int(psutil.virtual_memory().available), _group_leaves(), _limit_leaves())


def _group_leaves() -> int:
    """Return what the control group leaves (Linux, version 2), where there is a limit."""
    if not sys.platform.startswith("linux"):
        return _NO_LIMIT
    try:
        line = Path("/proc/self/cgroup").read_text(encoding="ascii").strip().splitlines()[-1]
    except (OSError, IndexError, UnicodeDecodeError):
        return _NO_LIMIT
    root = Path("/sys/fs/cgroup")
    folder = root / line.rpartition(":")[2].lstrip("/")
    left = _NO_LIMIT
    for group in (folder, *folder.parents):
        if not group.is_relative_to(root):
            break
        try:
            most = (group / "memory.max").read_text(encoding="ascii").strip()
            if most == "max":
                continue
            used = int((group / "memory.current").read_text(encoding="ascii"))
            left = min(left, max(0, int(most) - used + _reclaimable(group)))
        except (OSError, ValueError):
            continue
    return left


def _reclaimable(group: Path) -> int:
    """Return what of a group's memory is only a copy of files on disk and can be dropped."""
    try:
        lines = (group / "memory.stat").read_text(encoding="ascii").splitlines()
        rows = dict(line.split(maxsplit=1) for line in lines)
        return int(rows.get("inactive_file", 0)) + int(rows.get("active_file", 0))
    except (OSError, ValueError):
        return 0


def _limit_leaves() -> int:
    """Return what the process's limit of address space leaves (``ulimit -v``)."""
    if sys.platform == "win32":
        return _NO_LIMIT
    import resource

    import psutil

    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY:
        return _NO_LIMIT
    return max(0, int(most) - int(psutil.Process().memory_info().vms))
