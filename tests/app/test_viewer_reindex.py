"""Another process ingests and indexes while the viewer is open; the index is damaged; studies are gone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from bad_input_archive import BadInputArchive, build_bad_input_archive, write_more_radiographs
from sqlalchemy import delete
from streamlit.testing.v1 import AppTest

import radseek_viewer
from radseek.archive.schema import studies
from radseek.index import read_current, sweep_generations
from radseek.service import Archive
from radseek_viewer.connection import connect

APP = Path(radseek_viewer.__file__).with_name("app.py")
N_MORE = 60


@pytest.fixture
def made(tmp_path: Path) -> BadInputArchive:
    return build_bad_input_archive(tmp_path, "SLICES", "BROKEN", "CONTROLS")


@pytest.fixture
def page(made: BadInputArchive):
    with Archive.open(made.path) as archive:
        connect(archive)
        yield AppTest.from_file(str(APP), default_timeout=120).run()
        connect(None)


def ask(page: AppTest, text: str) -> AppTest:
    page.text_input[0].set_value(text).run()
    assert not page.exception
    return page


def walls(page: AppTest) -> list[dict]:
    drawn = [e.proto for e in page.get("bidi_component") if e.proto.component_name == "radseek.wall"]
    return [json.loads(proto.json) for proto in drawn]


def found(page: AppTest) -> set[str]:
    return {card["study_key"] for wall in walls(page) for card in wall["cards"]}


def captions(page: AppTest) -> str:
    return " ".join(caption.value for caption in page.caption)


def radseek(*arguments: object) -> subprocess.Popen:
    command = ["nice", sys.executable, "-m", "radseek", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def finished(process: subprocess.Popen) -> None:
    _, told = process.communicate(timeout=300)
    assert process.returncode == 0, told


def index_more(made: BadInputArchive, n: int = 3) -> None:
    finished(radseek("ingest", made.path, write_more_radiographs(made.sources.parent / "more", n)))
    finished(radseek("index", made.path))


def test_searches_go_on_while_another_process_ingests_and_indexes(page: AppTest, made: BadInputArchive) -> None:
    more = write_more_radiographs(made.sources.parent / "more", N_MORE)
    n_searched = 0
    for step in (radseek("ingest", made.path, more), None):
        process = step or radseek("index", made.path)
        while process.poll() is None:
            n_searched += 1
            ask(page, f"left effusion seen {n_searched} times")
            assert "This search did not work" not in json.dumps(walls(page))
        finished(process)
    assert n_searched > 3
    ask(page, "effusion modality:DX")
    assert len(found(page)) > N_MORE / 2  # of the new ones too: no restart


def test_an_older_answer_stays_says_so_and_is_asked_again(page: AppTest, made: BadInputArchive) -> None:
    ask(page, "modality:DX radiograph")
    before = found(page)
    assert "indexed again" not in captions(page)
    index_more(made)
    page.run()
    assert found(page) == before
    assert "The archive was indexed again since this search" in captions(page)
    page.button(key="search_again").click().run()
    assert not page.exception
    assert len(found(page)) == len(before) + 3
    assert "indexed again" not in captions(page)


def test_an_open_generation_outlives_its_removal(page: AppTest, made: BadInputArchive) -> None:
    ask(page, "left effusion")
    with Archive.open(made.path) as other:
        old = read_current(other.folder.index_folder)[0]
        index_more(made, 1)
        sweep_generations(other.folder.index_folder, keep=1)
        assert not (other.folder.index_folder / old).exists()
    page.run()
    assert found(page)
    ask(page, "right pneumothorax")
    assert found(page)


def test_a_hit_whose_study_is_gone_opens_to_a_plain_sentence(page: AppTest, made: BadInputArchive) -> None:
    ask(page, "left effusion")
    gone = made.key_of("CONTROLS")
    assert gone in found(page)
    with Archive.open(made.path) as other, other.folder.catalogue.writing() as writer:
        writer.connection.execute(delete(studies).where(studies.c.study_key == gone))
    page.query_params["study"] = gone
    page.switch_page("app_pages/study.py").run()
    assert not page.exception
    assert "There is no such study here" in json.dumps(walls(page))
    page.switch_page("app_pages/search.py").run()
    ask(page, "a small left effusion")
    assert gone not in found(page)


def damage_vectors(index: Path) -> None:
    for file in (index / read_current(index)[0]).rglob("*"):
        if file.is_file() and file.name != "manifest.json":
            file.write_bytes(b"\0" * 8)


DAMAGES = {
    "current": lambda index: (index / "CURRENT").write_bytes(b"???"),
    "manifest": lambda index: (index / read_current(index)[0] / "manifest.json").write_text("{}"),
    "vectors": damage_vectors,
    "gone": lambda index: (index / "CURRENT").unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_page_says_something_useful_with_a_damaged_index(made: BadInputArchive, damage: str) -> None:
    DAMAGES[damage](made.path / "index")
    with Archive.open(made.path) as archive:
        connect(archive)
        page = AppTest.from_file(str(APP), default_timeout=120).run()
        ask(page, "left effusion")
        assert "radseek index" in json.dumps(walls(page))
        page.query_params["study"] = study_key(archive)
        for name in ("study", "similar", "cohorts", "archive", "about"):
            page.switch_page(f"app_pages/{name}.py").run()
            assert not page.exception, name
            assert "This page cannot be shown" not in json.dumps(walls(page)), name
        connect(None)


def study_key(archive: Archive) -> str:
    with archive.folder.catalogue.reading() as connection:
        return str(connection.execute(studies.select()).first().study_key)


def test_an_index_of_another_encoder_is_told(made: BadInputArchive) -> None:
    manifest = made.path / "index" / read_current(made.path / "index")[0] / "manifest.json"
    config = made.path / "radseek.yaml"
    config.write_text(config.read_text().replace(f"encoder: {made.path.parent / 'encoder'}", "encoder: radseek-mini"))
    assert manifest.is_file()
    with Archive.open(made.path) as archive:
        connect(archive)
        page = AppTest.from_file(str(APP), default_timeout=120).run()
        ask(page, "left effusion")
        told = json.dumps(walls(page))
        assert "encoder" in told
        assert "radseek index" in told
        connect(None)
