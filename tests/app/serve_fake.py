"""The viewer's real server process over the archive in memory: `python serve_fake.py PORT [THEME]`."""

import sys

from fake_archive import FakeArchive

from radseek_viewer import server
from radseek_viewer.connection import connect

if __name__ == "__main__":
    connect(FakeArchive())
    theme = ["--theme", sys.argv[2]] if len(sys.argv) > 2 else []
    server.main(["--archive", "unused", "--port", sys.argv[1], *theme])
