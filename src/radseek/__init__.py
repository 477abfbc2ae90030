"""radseek finds scans by what their reports say. Research and teaching use, not diagnosis.

    from radseek import Archive, load_encoder

    archive = Archive.open("my-archive")
    answer = archive.search("small left pleural effusion", k=10, where={"modality": "DX"})
    vectors = load_encoder("radseek-mini").encode_texts(["no pneumothorax"])  # float32 [1, dim]

Both names load on first use, so that `import radseek` itself stays quick.
"""

from __future__ import annotations

import os as _os
from importlib.metadata import version as _version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from radseek.encoders import load_encoder
    from radseek.service import Archive

__all__ = ["Archive", "__version__", "load_encoder"]

__version__ = _version("radseek")

_os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")
"""numpy's threads sleep when their work is done (2**4 clock ticks later). By default they look for more in a busy loop
for some 25 ms, and take the processor from those of torch and FAISS: 4 of 10 ms of a search's processor time. Nothing
changes where numpy was imported before."""


def __getattr__(name: str) -> Any:  # noqa: ANN401  (PEP 562 hook: what it returns depends on the name)
    if name == "Archive":
        from radseek.service import Archive

        return Archive
    if name == "load_encoder":
        from radseek.encoders import load_encoder

        return load_encoder
    raise AttributeError(f"module 'radseek' has no attribute {name!r}; it has {', '.join(__all__)}")
