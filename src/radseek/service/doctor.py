"""Checks of an installation: what clashes, what is missing, what is older than it may be."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata

from radseek.errors import RadseekError

FLOORS: dict[str, tuple[int, ...]] = {
    "pydicom": (3, 0, 2),
    "torch": (2, 10),
    "transformers": (5, 3),
    "monai": (1, 5, 2),
    "faiss-cpu": (1, 15),
    "faiss-gpu": (1, 15),
    "streamlit": (1, 67),
}
"""Distribution -> oldest version without a known security fault or with what we need."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check's result, as a sentence for people."""

    name: str
    passed: bool
    message: str


def check_installation() -> list[Check]:
    """Every check, in a fixed order."""
    checks: Sequence[Callable[[], Check]] = (
        _check_python,
        _check_versions,
        _check_faiss,
        _check_torchvision,
        _check_decoders,
        _check_encoder,
        _check_viewer,
    )
    return [check() for check in checks]


def installed_version(distribution: str) -> str | None:
    """The installed version of a distribution, None when it is absent."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _check_python() -> Check:
    text = ".".join(map(str, sys.version_info[:3]))
    return Check("python", sys.version_info >= (3, 11), f"{text}; 3.11 or newer is needed")


def _check_versions() -> Check:
    old = []
    for name, floor in FLOORS.items():
        version = installed_version(name)
        if version is not None and _numbers(version) < floor:
            old.append(f"{name} {version} is older than {'.'.join(map(str, floor))}")
    return Check("versions", not old, "; ".join(old) or "no package is older than its floor")


def _check_faiss() -> Check:
    both = [name for name in ("faiss-cpu", "faiss-gpu") if installed_version(name)]
    if len(both) == 2:
        way_out = "pip uninstall -y faiss-cpu faiss-gpu, then install one of radseek[cpu] and radseek[gpu]"
        return Check("faiss", False, f"faiss-cpu and faiss-gpu are the same module and both are installed: {way_out}")
    if not both:
        return Check("faiss", True, "absent: searches are exact in numpy; install radseek[cpu] or radseek[gpu]")
    try:
        import faiss
    except (ImportError, RuntimeError) as error:
        return Check("faiss", False, f"{both[0]} does not load: {type(error).__name__}; reinstall radseek[cpu]")
    return Check("faiss", True, f"{both[0]} {installed_version(both[0])}, {faiss.get_num_gpus()} GPUs")


def _check_torchvision() -> Check:
    if importlib.util.find_spec("torchvision") is None:
        return Check("torchvision", True, "absent, as it should be: nothing here needs it")
    try:
        importlib.import_module("torchvision")
    except (ImportError, RuntimeError, OSError) as error:
        way_out = "pip uninstall torchvision (radseek does not need it)"
        return Check("torchvision", False, f"does not fit this torch ({type(error).__name__}) and breaks it: {way_out}")
    return Check("torchvision", True, f"{installed_version('torchvision')} loads beside this torch; it is not needed")


def _check_decoders() -> Check:
    from radseek.dicom.codecs import PLUGINS, decoder_for

    missing = [uid for uid, plugin in PLUGINS.items() if plugin not in decoder_for(uid).available_plugins]
    return Check("decoders", not missing, f"missing: {', '.join(missing)}" if missing else "every one is there")


def _check_encoder() -> Check:
    from radseek.encoders import load_encoder

    try:
        spec = load_encoder("radseek-mini").spec
    except RadseekError as error:
        return Check("radseek-mini", False, str(error))
    return Check("radseek-mini", True, f"revision {spec.revision}, {spec.dim} dimensions, runtime {spec.runtime}")


def _check_viewer() -> Check:
    version = installed_version("streamlit")
    if version is None:
        return Check("viewer", True, "absent; install radseek[viewer] to browse")
    return Check("viewer", True, f"streamlit {version}")


def _numbers(version: str) -> tuple[int, ...]:
    """Leading numbers of a version: 2.13.0+cpu gives (2, 13, 0), 1.15rc1 gives (1, 15)."""
    matched = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, matched.group().split("."))) if matched else ()
