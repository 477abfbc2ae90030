"""Write down what a recording says, to be read and corrected before it is searched. It never searches by itself.

The words are recognised on this machine, with a language model made of the words that the archive's reports share;
making it takes seconds to a minute, once for each `radseek index`. Recognising takes about a second per ten seconds
of speech. Expect mistakes: docs/voice.md has the figures. Needs the extra `voice`: pip install 'radseek[voice]'.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from radseek.cli.output import note, write_json
from radseek.errors import InputError

EXAMPLES = """examples:
  radseek dictate my-archive finding.wav
  radseek dictate my-archive finding.wav --json
  radseek dictate my-archive finding.wav --model /models/whisper-small
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("archive", type=Path, help="archive folder")
    parser.add_argument("recording", type=Path, help="WAV file, at most 60 s and 20 MB")
    parser.add_argument("--model", type=Path, help="folder of a Whisper-type model to recognise with instead")
    parser.add_argument("--json", action="store_true", help="print text, confidence and times of the words as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Recognise and print the text."""
    from radseek.service import Archive

    with Archive.open(arguments.archive) as archive:
        transcript = archive.transcribe(_read(arguments.recording), arguments.model)
    if arguments.json:
        write_json(transcript)
    else:
        print(transcript.text)
    if transcript.note:
        note(f"nothing was heard: {transcript.note}")
    return 0


def _read(path: Path) -> bytes:
    """The file's bytes, not more of them than a recording may have."""
    from radseek.speech import LARGEST_BYTES

    if not path.is_file():
        raise InputError("the recording does not exist or is no file")
    with path.open("rb") as file:
        return file.read(LARGEST_BYTES + 1)
