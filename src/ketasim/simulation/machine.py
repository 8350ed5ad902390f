"""What this machine offers: processor, cores, memory, and the folder of generated code."""

from __future__ import annotations

import os
import platform
from typing import Any

from ketasim.compiler import cache as generated

VECTOR_FEATURES = ("sse4.2", "avx", "avx2", "fma", "avx512f", "neon", "sve")
GIB = 2.0**30


def machine() -> dict[str, Any]:
    """System, processor with its vector features, cores that this process may use, memory in GiB."""
    import llvmlite.binding as llvm
    import psutil

    have = llvm.get_host_cpu_features()
    memory = psutil.virtual_memory()
    return {
        "system": f"{platform.system()} {platform.release()} ({platform.machine()})",
        "processor": str(llvm.get_host_cpu_name()),
        "vector features": ", ".join(name for name in VECTOR_FEATURES if have.get(name)) or "none known",
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "memory": f"{memory.total / GIB:.1f} GiB, {memory.available / GIB:.1f} GiB free",
    }


def device() -> dict[str, Any]:
    """The CUDA device that would be used, or why there is none."""
    from ketasim.engine import cuda

    return {"CUDA device": cuda.seen()}


def cache() -> dict[str, Any]:
    """The folder of generated models, how many files and MiB are in it, and whether it can be written."""
    folder = generated.folder()
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    nearest = next(p for p in (folder, *folder.parents) if p.exists())
    return {
        "cache": str(folder),
        "models in cache": len([path for path in files if path.suffix == ".py"]),
        "cache size": f"{sum(path.stat().st_size for path in files) / 2.0**20:.1f} MiB",
        "cache writable": os.access(nearest, os.W_OK),
    }
