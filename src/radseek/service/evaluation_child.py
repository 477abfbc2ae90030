"""An evaluation in a process of its own, so that searches of others are not held up; it ends with its parent.

python -m radseek.service.evaluation_child ARCHIVE NAME PARENT
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path

from radseek.errors import RadseekError, StorageError

_NICE = 10


def start_child(archive: Path, name: str, claimed: int) -> None:
    """Starts the process that evaluates.

    Args:
        archive: Its folder.
        name: Of the run, which is written down already.
        claimed: Descriptor of the lock that only one evaluation holds; the child keeps it until it ends.

    Raises:
        StorageError: When the system refuses another process.
    """
    threads = str(max(1, (os.cpu_count() or 1) // 2))
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "radseek.service.evaluation_child", str(archive), name, str(os.getpid())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # a traceback can hold report text; what is expected is written down
            pass_fds=(claimed,),
            env=os.environ | {"OMP_NUM_THREADS": threads},
        )
    except OSError as error:
        raise StorageError(f"the evaluation cannot be started: {error.strerror}") from error
    threading.Thread(target=process.wait, name="radseek-evaluation-child", daemon=True).start()


def main(arguments: list[str]) -> int:
    """Evaluate; what comes of it is written down in the archive."""
    from radseek.service.archive import Archive

    archive, name, parent = arguments
    os.nice(_NICE)
    with contextlib.suppress(RadseekError, KeyboardInterrupt), Archive.open(archive) as opened:
        opened.evaluations.run_started(name, orphaned=lambda: os.getppid() != int(parent))
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
