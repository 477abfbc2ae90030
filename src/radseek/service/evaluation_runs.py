"""An archive's evaluations on disk: what was asked, how far it is, what came of it; one runs at a time.

ARCHIVE/evaluations/
  <name>/run.json           who asked for it and when, of which index, and how far it is or how it ended
  <name>/evaluation.json    the figures; with evaluation.html, once it has ended well
  <name>/outcomes.json      of each text whether its study was found: for paired differences
  <name>/stop               a person asked it to stop
  .cache/                   what the next evaluation need not compute again
  .removed/<name>/          the one that was deleted last, until the next is
  .lock                     held by the process that evaluates
"""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from radseek.archive.catalogue_writes import utc_now
from radseek.archive.storage import make_folder, plain_storage_errors, write_whole
from radseek.errors import ArtifactError, BusyError, ConfigError, InputError, RadseekError
from radseek.records.config import build_config, resolved_config
from radseek.records.progress import Progress
from radseek.service.evaluation_choices import EvaluationChoices

State = Literal["running", "done", "failed", "leaks", "stopped", "interrupted"]
RUN_NAME, STOP_NAME = "run.json", "stop"
_ENDING_S = 10.0
"""Seconds that a process which has evaluated may take to end."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class EvaluationRun:
    """One evaluation of an archive, as it is written down while it runs and after."""

    name: str
    by: str
    started_at: str
    """ISO 8601, UTC."""
    generation: str = ""
    """Of the index that was tested; empty where it was made elsewhere."""
    encoder: str = ""
    revision: str = ""
    choices: EvaluationChoices = EvaluationChoices()
    state: State = "running"
    finished_at: str = ""
    stage: str = ""
    """What it does now, such as `measure`."""
    stage_at: str = ""
    """When that began."""
    note: str = ""
    done: int = 0
    total: int | None = None
    why: tuple[str, ...] = ()
    """What leaks, or what went wrong, in plain sentences."""
    made_elsewhere: bool = False
    """It came as a file."""

    def told(self, progress: Progress) -> EvaluationRun:
        """The run with how far it is."""
        stage_at = self.stage_at if progress.stage == self.stage else utc_now()
        return dataclasses.replace(
            self,
            stage=progress.stage,
            stage_at=stage_at,
            note=progress.note,
            done=progress.done,
            total=progress.total,
        )

    def ended(self, state: State, *why: str) -> EvaluationRun:
        """The run at its end."""
        return dataclasses.replace(self, state=state, finished_at=utc_now(), why=why)


def check_evaluation_name(name: str) -> str:
    """The name, when it can be one.

    Raises:
        InputError: When it is not 1 to 64 letters, digits, `.`, `_` or `-`, or does not begin with a letter or digit.
    """
    if not _NAME.fullmatch(name):
        raise InputError(
            "an evaluation's name has 1 to 64 of the characters A-Z a-z 0-9 . _ - and begins with a letter or digit"
        )
    return name


class EvaluationStore:
    """The folder of an archive's evaluations.

    Args:
        folder: It need not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def cache_file(self) -> Path:
        """Where vectors and prints of pictures are kept from one evaluation to the next."""
        return self._folder / ".cache" / "vectors.npz"

    def names(self) -> list[str]:
        """All that are there, in no order."""
        if not self._folder.is_dir():
            return []
        with plain_storage_errors("listing the archive's evaluations"):
            return [entry.name for entry in self._folder.iterdir() if entry.is_dir() and _NAME.fullmatch(entry.name)]

    def folder_of(self, name: str) -> Path:
        """Folder of an evaluation that is there.

        Raises:
            InputError: When there is none of this name.
        """
        if not _NAME.fullmatch(name) or not (self._folder / name).is_dir():
            raise InputError("there is no evaluation of this name in this archive")
        return self._folder / name

    def free_name(self, wanted: str) -> str:
        """`wanted`, with a number where it is taken."""
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", wanted).strip("-._")[:56] or "evaluation"
        taken = set(self.names())
        return next(one for n in range(1, len(taken) + 2) if (one := f"{name}-{n}" if n > 1 else name) not in taken)

    def add(self, run: EvaluationRun) -> Path:
        """The new folder of a run, which is written down in it.

        Raises:
            InputError: When the name is no name, or taken.
            StorageError: When the disk refuses.
        """
        folder = self._folder / check_evaluation_name(run.name)
        if folder.exists():
            raise InputError("there is an evaluation of this name already; choose another name")
        with plain_storage_errors("making the evaluation's folder"):
            make_folder(folder)
        self.write(run)
        return folder

    def write(self, run: EvaluationRun) -> None:
        """Writes down how far a run is.

        Raises:
            StorageError: When the disk refuses.
        """
        content = json.dumps(resolved_config(run), indent=1) + "\n"
        with plain_storage_errors("writing down how far the evaluation is"):
            write_whole(self._folder / run.name / RUN_NAME, content.encode(), durable=run.state != "running")

    def read(self, name: str) -> EvaluationRun:
        """A run as it stands; one that was killed counts as interrupted.

        Raises:
            InputError: When there is none of this name.
            ArtifactError: When what is written down of it is damaged.
        """
        folder = self.folder_of(name)
        try:
            content = json.loads((folder / RUN_NAME).read_text(encoding="utf-8"))
            run = build_config(content, EvaluationRun, where=RUN_NAME)
        except FileNotFoundError:  # a person put the folder here
            return EvaluationRun(name, "", "", state="done", made_elsewhere=True)
        except (OSError, ValueError, ConfigError) as error:
            raise ArtifactError(f"what is written down of the evaluation {name} is damaged: {error}") from error
        if run.state == "running" and not self.is_claimed():
            return dataclasses.replace(run, state="interrupted")
        return dataclasses.replace(run, name=name)

    def running(self) -> EvaluationRun | None:
        """The run that goes on now, in whatever process; None without one."""
        if not self.is_claimed():
            return None
        for name in self.names():
            with suppress(RadseekError):  # a damaged one does not run
                run = self.read(name)
                if run.state == "running":
                    return run
        return None

    def is_claimed(self) -> bool:
        """Whether some process holds the right to evaluate; it does so for a moment before and after it runs."""
        try:
            descriptor = os.open(self._folder / ".lock", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(descriptor)
        return False

    @contextmanager
    def claim(self) -> Iterator[int]:
        """Holds the right to evaluate during the block; the descriptor may be handed to a child, which then holds it.

        Raises:
            BusyError: When another process or tab evaluates this archive.
            StorageError: When the disk refuses.
        """
        with plain_storage_errors("locking the archive's evaluations"):
            make_folder(self._folder)
            descriptor = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._lock(descriptor)
            yield descriptor
        finally:
            os.close(descriptor)

    def _lock(self, descriptor: int) -> None:
        """Takes the lock at once, or once a process that has evaluated already has ended."""
        end = time.monotonic() + _ENDING_S
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError as error:
                if self.running() is not None or time.monotonic() > end:
                    raise BusyError(
                        "this archive is being evaluated already; wait until it ends, or stop it"
                    ) from error
            time.sleep(0.05)

    def ask_to_stop(self, name: str) -> None:
        """Leaves the wish that the run should end; it looks for it twice a second.

        Raises:
            InputError: When there is none of this name.
            StorageError: When the disk refuses.
        """
        with plain_storage_errors("asking the evaluation to stop"):
            (self.folder_of(name) / STOP_NAME).touch(mode=0o600)

    def is_asked_to_stop(self, name: str) -> bool:
        """Whether somebody has asked."""
        return (self._folder / name / STOP_NAME).exists()

    def remove(self, name: str) -> None:
        """Puts an evaluation aside, until the next one is removed.

        Raises:
            InputError: When there is none of this name.
            StorageError: When the disk refuses.
        """
        folder, aside = self.folder_of(name), self._folder / ".removed"
        with plain_storage_errors("deleting the evaluation"):
            shutil.rmtree(aside, ignore_errors=True)
            make_folder(aside)
            folder.rename(aside / name)

    def bring_back(self, name: str) -> None:
        """Takes back that an evaluation was removed.

        Raises:
            InputError: When it is not there any more, or its name is taken.
            StorageError: When the disk refuses.
        """
        aside = self._folder / ".removed" / check_evaluation_name(name)
        if not aside.is_dir() or (self._folder / name).exists():
            raise InputError("this evaluation cannot be brought back any more")
        with plain_storage_errors("bringing the evaluation back"):
            aside.rename(self._folder / name)
