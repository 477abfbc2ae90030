"""The files of a public checkpoint, read with a hash check, and never in a way that could run code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radseek.errors import ArtifactError, MismatchError

if TYPE_CHECKING:
    from torch import Tensor

_WAY_OUT = "Fetch the file again from where it came, or give another revision."
_CHUNK = 1 << 20
_PICKLES = (".bin", ".pt", ".pth")


class EncoderFiles:
    """A folder of checkpoint files; every file that is read is hashed first.

    Args:
        folder: Where the files are.
        digests: File name -> SHA-256 (hex) that it must have; an empty one is not known.
        closed: Whether files that `digests` does not name may not be read.
    """

    def __init__(self, folder: Path, digests: Mapping[str, str], closed: bool = False) -> None:
        self.folder = folder
        self.read: dict[str, str] = {}
        """What was read, with the digest that it had."""
        self.notes: list[str] = []
        """Plain sentences about what was left alone."""
        self._digests = digests
        self._closed = closed

    def has(self, name: str) -> bool:
        """Whether the folder holds a file of this name."""
        return (self.folder / name).is_file()

    def verified(self, name: str) -> Path:
        """The path of a file that exists and has the digest that is asked for.

        Raises:
            ArtifactError: When it is missing, or not named where all must be.
            MismatchError: When its digest is another.
        """
        path = self.folder / name
        wanted = self._digests.get(name, "")
        if self._closed and not wanted and path.is_file():
            raise ArtifactError(f"{name} has no SHA-256 in the folder's manifest; run `radseek encoders add` again")
        try:
            got = file_digest(path)
        except OSError as error:
            raise ArtifactError(f"the encoder lacks {name}: {error.strerror}. It belongs into {self.folder}") from error
        if wanted and got != wanted.lower():
            raise MismatchError(f"files.{name}", got, wanted.lower(), _WAY_OUT)
        self.read[name] = got
        return path

    def first(self, names: Sequence[str]) -> str:
        """The first of `names` that the folder holds.

        Raises:
            ArtifactError: When it holds none; the message lists them.
        """
        found = next((name for name in names if self.has(name)), None)
        if found is None:
            raise ArtifactError(f"the encoder lacks its file: one of {', '.join(names)} belongs into {self.folder}")
        return found

    def json(self, name: str) -> dict[str, Any]:
        """A JSON object; an entry that names remote code is left out, and said in `notes`.

        Raises:
            ArtifactError: When the file is missing or no JSON object.
            MismatchError: When its digest is another.
        """
        try:
            content = json.loads(self.verified(name).read_text(encoding="utf-8"))
        except ValueError as error:
            raise ArtifactError(f"{name} is not valid JSON. {_WAY_OUT}") from error
        if not isinstance(content, dict):
            raise ArtifactError(f"{name} is no JSON object. {_WAY_OUT}")
        if content.pop("auto_map", None) is not None:
            self.notes.append(f"{name} names code of its own (auto_map): ignored, radseek runs no code of a checkpoint")
        return content

    def weights(self, names: Sequence[str]) -> dict[str, Tensor]:
        """Tensors of the first file in `names` that is there, as float32; an index file gives those of its parts.

        Raises:
            ArtifactError: When none is there, or it is damaged, or holds anything but tensors.
            MismatchError: When a digest is another.
        """
        name = self.first(names)
        if name.endswith(".index.json"):
            parts = sorted(set(self.json(name).get("weight_map", {}).values()))
            if not parts or not all(isinstance(part, str) and Path(part).name == part for part in parts):
                raise ArtifactError(f"{name} names no weight files of this folder. {_WAY_OUT}")
            tensors = {key: tensor for part in parts for key, tensor in self._tensors(part).items()}
        else:
            tensors = self._tensors(name)
        return {key: tensor.float() if tensor.is_floating_point() else tensor for key, tensor in tensors.items()}

    def _tensors(self, name: str) -> dict[str, Tensor]:
        path = self.verified(name)
        return _read_pickled(path) if path.suffix in _PICKLES else _read_safetensors(path)


def file_digest(path: Path) -> str:
    """SHA-256 (hex) of a file.

    Raises:
        OSError: When it cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors: dict[str, Tensor] = load_file(path)
    except SafetensorError as error:
        raise ArtifactError(f"{path.name} is not a safetensors file. {_WAY_OUT}") from error
    return tensors


def _read_pickled(path: Path) -> dict[str, Tensor]:
    """Tensors of a torch file, by the unpickler that knows tensors only: a file with code in it is refused."""
    from pickle import UnpicklingError

    import torch

    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        raise ArtifactError(
            f"{path.name} holds more than tensors (it could run code) and is refused. "
            "Convert it to safetensors where it was made, or take a revision that has them."
        ) from error
    except (RuntimeError, EOFError, ValueError, KeyError) as error:
        raise ArtifactError(f"{path.name} is not a torch weights file. {_WAY_OUT}") from error
    nested = content.get("state_dict", content) if isinstance(content, dict) else None
    if not isinstance(nested, dict) or not all(isinstance(value, torch.Tensor) for value in nested.values()):
        raise ArtifactError(f"{path.name} is no plain dictionary of tensors. {_WAY_OUT}")
    return nested
