"""The demo's archive: built once, found ready, mended when damaged, and never over something else."""

from __future__ import annotations

import json

import pytest

from radseek.cli.main import EXIT_ERROR, main
from radseek.errors import ConfigError
from radseek.service import demo_archive
from radseek.service.demo import write_demo_sources


@pytest.fixture
def small(monkeypatch):
    """The same demo with fewer studies, and pydicom's files left out: their number is another test's business."""

    def prepare(folder, progress):
        sources = write_demo_sources(folder, 4, 1, progress)
        return type(sources)(
            **{name: getattr(sources, name) for name in sources.__slots__} | {"real_dicom_folder": sources.dicom_folder}
        )

    monkeypatch.setattr(demo_archive, "prepare_demo", prepare)


def test_built_then_ready_then_mended(tmp_path, small):
    folder = tmp_path / "demo"
    first = demo_archive.prepare_demo_archive(folder)
    assert first.built
    assert first.tally.ingested > 20
    assert not demo_archive.prepare_demo_archive(folder).built
    (first.archive / "index" / "CURRENT").unlink()
    assert demo_archive.prepare_demo_archive(folder).built
    assert not demo_archive.prepare_demo_archive(folder).built


def test_an_older_demo_is_made_anew(tmp_path, small):
    folder = tmp_path / "demo"
    first = demo_archive.prepare_demo_archive(folder)
    kept = first.archive / "kept"
    kept.write_text("x")
    (folder / demo_archive.MARKER).write_text(json.dumps({"version": -1, "finished": True}))
    assert demo_archive.prepare_demo_archive(folder).built
    assert not kept.exists()


def test_a_folder_with_something_else_is_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.doc").write_text("x")
    with pytest.raises(ConfigError, match="holds something else; choose another with --folder"):
        demo_archive.prepare_demo_archive(tmp_path)
    assert main(["demo", "--folder", str(tmp_path), "--no-serve"]) == EXIT_ERROR
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.doc"]
