"""The viewer's real server process over the archive in memory: `python serve_fake.py PORT [THEME [N_STUDIES]]`."""

import sys

from fake_archive import FakeArchive, make_study

from radseek_viewer import server
from radseek_viewer.connection import connect

if __name__ == "__main__":
    port, theme, n_studies = (*sys.argv[1:], *("", "dark", "60")[len(sys.argv) - 1 :])
    connect(FakeArchive([make_study(number) for number in range(int(n_studies))]))
    server.main(["--archive", "unused", "--port", port, "--theme", theme])
