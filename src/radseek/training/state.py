"""A training's state after an epoch, so that a killed run goes on to the same result. No pickle."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from radseek.errors import ArtifactError, MismatchError, StorageError

_INDEX = "state.json"


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far a run is."""

    epochs_done: int
    history: tuple[Mapping[str, float], ...]
    """Figures of each epoch."""
    config_digest: str


def write_state(folder: Path, tensors: Mapping[str, Tensor], progressed: Progressed) -> None:
    """Write the state into `folder`; the index file is replaced last, so a kill leaves the state before.

    Raises:
        StorageError: When the disk refuses.
    """
    from safetensors.torch import save

    content = save({name: tensor.detach().contiguous() for name, tensor in tensors.items()})
    name = f"epoch-{progressed.epochs_done:04d}.safetensors"
    index = {
        "file": name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "epochs_done": progressed.epochs_done,
        "history": [dict(figures) for figures in progressed.history],
        "config_digest": progressed.config_digest,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_through(folder / name, content)
        part = folder / f"{_INDEX}.part"
        _write_through(part, json.dumps(index).encode())
        part.replace(folder / _INDEX)
        for old in folder.glob("epoch-*.safetensors"):
            if old.name != name:
                old.unlink()
    except OSError as error:
        raise StorageError(f"cannot write the training state: {error.strerror}") from error


def _write_through(path: Path, content: bytes) -> None:
    """Write a file and wait until the disk has it, so that a power cut cannot leave an index without its file."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def read_state(folder: Path, config_digest: str) -> tuple[dict[str, Tensor], Progressed] | None:
    """The state in `folder`, or None when there is none.

    Raises:
        ArtifactError: When it is damaged.
        MismatchError: When it was made with another configuration.
    """
    from safetensors.torch import load

    if not (folder / _INDEX).is_file():
        return None
    try:
        index = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
        content = (folder / Path(index["file"]).name).read_bytes()
        progressed = Progressed(int(index["epochs_done"]), tuple(index["history"]), index["config_digest"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtifactError("the training state is damaged; remove its folder to start anew") from error
    if hashlib.sha256(content).hexdigest() != index["sha256"]:
        raise MismatchError("sha256", "another digest", index["sha256"], "Remove the state folder to start anew.")
    if progressed.config_digest != config_digest:
        way_out = "Use another output folder, or remove this one's state to start anew."
        raise MismatchError("config_digest", progressed.config_digest, config_digest, way_out)
    return load(content), progressed


def pack(model: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """All tensors that the next epoch needs, by name."""
    tensors = {f"model/{name}": tensor for name, tensor in model.state_dict().items()}
    tensors |= {f"average/{name}": tensor for name, tensor in average.state_dict().items()}
    for place, values in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{place}/{name}": value for name, value in values.items()}
    return {name: tensor.clone() for name, tensor in tensors.items()}


def unpack(
    tensors: Mapping[str, Tensor], model: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer
) -> None:
    """Put the tensors of `pack` back.

    The optimiser's moments get the memory layout of their parameters, as it would make them itself: with another one
    the last bit of a step may differ.
    """
    for prefix, module in (("model/", model), ("average/", average)):
        module.load_state_dict({n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)})
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    moments: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer/"):
            _, place, kind = name.split("/")
            laid_out = torch.empty_like(parameters[int(place)], dtype=tensor.dtype)
            moved = laid_out.copy_(tensor) if tensor.shape == laid_out.shape else tensor
            moments.setdefault(int(place), {})[kind] = moved
    whole = optimizer.state_dict()
    optimizer.load_state_dict({"state": moments, "param_groups": whole["param_groups"]})
