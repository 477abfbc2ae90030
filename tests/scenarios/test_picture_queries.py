"""Pictures as queries on a real archive with the shipped encoder: likeness, regions, blends, bad files."""

from __future__ import annotations

import io
import json
import os
import struct
import tempfile
import time
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from radseek import Archive
from radseek.archive.schema import audit, images, instances, reports, series, sources, studies
from radseek.cli.main import main
from radseek.errors import DecodeError, InputError
from radseek.images.phantoms import WHITE_12_BIT, make_ct, make_radiograph
from radseek.records.phantoms import Kind, Lesion, Scene
from radseek.records.reports import Assertion
from radseek.records.search import Channel
from radseek.records.search_options import Band, Example, Region, SearchOptions
from radseek.service import IngestOptions
from radseek.service.demo import write_demo_sources
from radseek.service.example_pixels import ExamplePixels
from radseek.text import stated_findings

AFFIRMED = {Assertion.PRESENT, Assertion.UNCERTAIN}
PACEMAKER = Lesion(Kind.PACEMAKER, "left", "", 52.0)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    written = write_demo_sources(tmp_path_factory.mktemp("sources"), n_radiographs=48, n_ct=4)
    with Archive.create(tmp_path_factory.mktemp("pictures") / "archive") as archive:
        archive.ingest(written.dicom_folder, IngestOptions(name="phantoms"))
        archive.ingest(written.reports_path, IngestOptions("reports", name="phantoms"))
        archive.index()
        yield archive


@pytest.fixture(scope="module")
def films(archive):
    """(study key, image key, file) of each radiograph."""
    statement = (
        select(studies.c.study_key, images.c.image_key, sources.c.root, instances.c.path)
        .join(images, images.c.study_id == studies.c.id)
        .join(instances, instances.c.id == images.c.instance_id)
        .join(series, series.c.id == images.c.series_id)
        .join(sources, sources.c.id == instances.c.source_id)
        .where(series.c.modality == "DX", instances.c.member == b"")
        .order_by(images.c.id)
    )
    with archive.folder.catalogue.reading() as connection:
        rows = connection.execute(statement).all()
    return [(r.study_key, r.image_key, Path(os.fsdecode(os.path.join(r.root, r.path)))) for r in rows]


@pytest.fixture(scope="module")
def texts(archive):
    statement = select(studies.c.study_key, reports.c.text).join(reports, reports.c.study_id == studies.c.id)
    with archive.folder.catalogue.reading() as connection:
        return {row.study_key: row.text.lower() for row in connection.execute(statement)}


def like(*examples, **options):
    return SearchOptions(examples=examples, **options)


def keys(answer):
    return [hit.study_key for hit in answer.hits]


def image_ranks(answer):
    return [(h.study_key, m.rank, m.score) for h in answer.hits for m in h.matches if m.channel is Channel.IMAGE]


def encoded(pixels, kind="PNG", **how):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format=kind, **how)
    return stream.getvalue()


def film(seed, *lesions):
    pixels = make_radiograph(seed, lesions).pixels
    return np.rint(pixels / WHITE_12_BIT * 255).astype(np.uint8)


@pytest.mark.parametrize("n", [0, 3, 9, 20])
def test_a_copy_of_a_picture_finds_its_original_first(archive, films, n):
    study_key, image_key, path = films[n]
    shown = np.asarray(Image.open(io.BytesIO(archive.frame_png(image_key))))
    for content in (path.read_bytes(), encoded(shown), encoded(shown, "JPEG", quality=60)):
        answer = archive.search(options=like(Example(picture=content)))
        assert keys(answer)[0] == study_key
        assert answer.hits[0].matches[0].score > 0.97
        assert not answer.no_good_match


def test_a_copy_of_a_ct_slice_finds_its_study_first(archive, films):
    where = select(images.c.image_key, studies.c.study_key).join(studies).where(studies.c.modality == "CT")
    with archive.folder.catalogue.reading() as connection:
        rows = connection.execute(where.order_by(images.c.id)).all()
    answers = [archive.search(options=like(Example(picture=archive.frame_png(row.image_key)))) for row in rows[::7]]
    assert [keys(answer)[0] for answer in answers] == [row.study_key for row in rows[::7]]


def test_a_dicom_ct_is_shown_in_the_archives_first_window(archive):
    statement = select(sources.c.root, instances.c.path, images.c.content_key, images.c.image_key)
    statement = statement.join(instances, instances.c.source_id == sources.c.id).join(
        images, images.c.instance_id == instances.c.id
    )
    with archive.folder.catalogue.reading() as connection:
        rows = connection.execute(statement.where(images.c.window == "soft_tissue", instances.c.member == b"")).all()
    row = rows[0]
    content = Path(os.fsdecode(os.path.join(row.root, row.path))).read_bytes()
    pixels = ExamplePixels(archive.folder.config)
    try:
        shown = pixels.uploaded(content)
    finally:
        pixels.close()
    expected = np.asarray(Image.open(io.BytesIO(archive.frame_png(row.image_key))))
    assert np.abs(np.rint(shown * 255) - expected).max() == 0


def test_an_example_of_the_archive_leaves_its_own_study_out_and_says_why(archive, films):
    study_key, image_key, path = films[5]
    for example in (Example(image_key=image_key), Example(study_key=study_key)):
        answer = archive.search(k=5, options=like(example))
        assert len(answer.hits) == 5
        assert study_key not in keys(answer)
        assert {m.channel for hit in answer.hits for m in hit.matches} == {Channel.IMAGE}
        assert answer.hits[1].why.startswith("Its picture is the 2nd most like the example")
        assert "by the picture alone" in answer.note
    uploaded = archive.search(k=6, options=like(Example(picture=path.read_bytes())))
    stored = archive.search(k=5, options=like(Example(image_key=image_key)))
    assert keys(uploaded)[1:] == keys(stored)  # the stored vector is that of its file


def test_stored_vectors_are_not_encoded_again(archive, films, monkeypatch):
    def refuse(_):
        raise AssertionError("encoded again")

    monkeypatch.setattr(archive.retriever.encoder(), "encode_images", refuse)
    assert archive.search(options=like(Example(image_key=films[1][1]))).hits


def test_a_region_with_a_pacemaker_finds_pacemakers_far_more_often_than_chance(archive, texts):
    films_of = [key for key in texts if "pacemaker" in texts[key] and "no pacemaker" not in texts[key]]
    chance = len(films_of) / 48
    assert 2 <= len(films_of) <= 16
    found = []
    for seed in range(7000, 7006):
        made = make_radiograph(seed, (PACEMAKER,))
        rows, cols = made.pixels.shape
        row, col = made.lesions[0].center_px
        half = 0.75 * PACEMAKER.size_mm / made.spacing_mm[0]
        region = Region(
            max(0, (col - half) / cols), max(0, (row - half) / rows),
            min(1, (col + half) / cols), min(1, (row + half) / rows),
        )  # fmt: skip
        content = encoded(np.rint(made.pixels / WHITE_12_BIT * 255).astype(np.uint8))
        answer = archive.search(k=len(films_of), options=like(Example(picture=content, region=region)))
        found.append(len(set(keys(answer)) & set(films_of)) / len(films_of))
    assert np.mean(found) > 3 * chance


def test_unlike_pushes_away(archive, films):
    asked, away = films[0][1], archive.search(k=3, options=like(Example(image_key=films[0][1]))).hits[2]
    answer = archive.search(
        k=100, options=like(Example(image_key=asked), Example(image_key=away.key_image.image_key, unlike=True))
    )
    plain = archive.search(k=100, options=like(Example(image_key=asked)))
    assert away.study_key not in keys(answer)  # what was pointed at as unlike is no hit itself
    vectors = {key: n for n, key in enumerate(keys(archive.search(
        k=100, options=like(Example(image_key=away.key_image.image_key)))))}  # fmt: skip
    near_away = [key for key, n in vectors.items() if n < 10 and key in keys(plain) and key in keys(answer)]
    before = np.mean([keys(plain).index(key) for key in near_away])
    after = np.mean([keys(answer).index(key) for key in near_away])
    assert after > before


def test_an_example_of_what_is_not_wanted_ranks_nothing_alone(archive, films):
    answer = archive.search(options=like(Example(image_key=films[0][1], unlike=True)))
    assert not answer.hits
    assert answer.no_good_match
    assert "ranks nothing by itself" in answer.note


def test_blends_end_in_the_text_alone_and_the_picture_alone(archive, films):
    example, text = Example(image_key=films[8][1]), "pacemaker"
    words = archive.search(text, k=100)
    at_one = archive.search(text, k=100, options=like(example, text_weight=1.0))
    assert [(h.study_key, h.score, h.matches, h.why) for h in at_one.hits] == [
        (h.study_key, h.score, h.matches, h.why) for h in words.hits
    ]
    assert "count for nothing" in at_one.note
    pixels = {"channels": [Channel.IMAGE], "k": 100}
    at_zero = image_ranks(archive.search(text, **pixels, options=like(example, text_weight=0.0)))
    alone = image_ranks(archive.search("", **pixels, options=like(example)))
    assert [entry for entry in at_zero if entry[0] != films[8][0]]
    assert at_zero[0][0] == films[8][0]
    assert [entry[0] for entry in at_zero[1:]] == [entry[0] for entry in alone]
    half = archive.search(text, **pixels, options=like(example))
    assert image_ranks(half) not in (at_zero, image_ranks(archive.search(text, **pixels)))
    assert "nearest to words and example together" in half.hits[0].why


def test_reports_go_on_with_the_text(archive, films):
    answer = archive.search("pacemaker", k=100, options=like(Example(image_key=films[2][1])))
    plain = archive.search("pacemaker", k=100, options=SearchOptions(floor=Band.MISS))  # example or not: all of them
    told = {h.study_key: (m.rank, m.score) for h in answer.hits for m in h.matches if m.channel is Channel.SENTENCE}
    assert told == {
        h.study_key: (m.rank, m.score) for h in plain.hits for m in h.matches if m.channel is Channel.SENTENCE
    }


def test_filters_and_exclusions_hold(archive, films, texts):
    example = Example(image_key=films[0][1])
    assert {h.modality for h in archive.search("modality:CT", options=like(example)).hits} == {"CT"}
    assert {h.modality for h in archive.search(where={"modality": "CT"}, options=like(example)).hits} == {"CT"}
    stating = {
        key
        for key, text in texts.items()
        if any(m.finding == "effusion" and m.assertion in AFFIRMED for m in stated_findings(text))
    }
    whole = keys(archive.search(k=100, options=like(example)))
    assert stating & set(whole)
    without = keys(archive.search("-effusion", k=100, options=like(example)))
    assert without == [key for key in whole if key not in stating]
    nothing = archive.search("sex:O", options=like(example))
    assert not nothing.hits
    assert "No study passes" in nothing.note


def test_chips_say_what_is_asked_and_can_be_dropped(archive, films):
    options = like(
        Example(image_key=films[0][1]), Example(study_key=films[1][0], unlike=True),
        Example(image_key=films[2][1], region=Region(0.1, 0.1, 0.6, 0.6)),
    )  # fmt: skip
    chips = {chip.key: chip.label for chip in archive.search("effusion", options=options).query.chips}
    assert chips["example:1"] == "like a picture"
    assert chips["example:2"] == "unlike a study"
    assert chips["example:3"] == "like part of a picture"
    one = archive.search(options=replace(options, dropped=frozenset({"example:2", "example:3"})))
    assert [chip.key for chip in one.query.chips] == ["example:1"]
    assert keys(one) == keys(archive.search(options=like(Example(image_key=films[0][1]))))
    with pytest.raises(InputError, match="the query is empty"):
        archive.search(options=replace(options, dropped=frozenset({"example:1", "example:2", "example:3"})))


def colour_photo():
    rows, cols = np.mgrid[0:300, 0:400]
    sky = np.stack([90 + rows // 4, 140 + rows // 4, 250 - rows // 8], axis=2)
    sky[(rows - 220) ** 2 + (cols - 120) ** 2 < 60**2] = (200, 30, 30)
    sky[200:, 250:330] = (40, 120, 40)
    return encoded(np.clip(sky, 0, 255).astype(np.uint8), "JPEG")


def foreign_pictures():
    head = make_ct(3, Scene.HEAD_CT, ()).volume[12]
    noise = np.random.default_rng(0).integers(0, 256, (256, 256)).astype(np.uint8)
    return {
        "head": encoded(np.clip((head + 160) / 400 * 255, 0, 255).astype(np.uint8)),
        "photo": colour_photo(),
        "noise": encoded(noise),
    }


@pytest.fixture(scope="module")
def chest_archive(tmp_path_factory):
    written = write_demo_sources(tmp_path_factory.mktemp("chest"), n_radiographs=48, n_ct=0)
    with Archive.create(tmp_path_factory.mktemp("chest_archive") / "archive") as archive:
        archive.ingest(written.dicom_folder, IngestOptions(name="chest"))
        archive.index()
        yield archive


@pytest.mark.parametrize("kind", ["head", "photo", "noise"])
def test_a_picture_of_something_else_has_no_good_match(chest_archive, kind):
    content = foreign_pictures()[kind]
    answer = chest_archive.search(k=4, options=like(Example(picture=content)))
    assert answer.no_good_match
    assert not answer.hits
    assert len(answer.nearest) == 4
    assert "Nothing in this archive looks like the picture" in answer.note
    words = chest_archive.search("effusion", k=4, channels=[Channel.IMAGE], options=like(Example(picture=content)))
    assert keys(words) == keys(chest_archive.search("effusion", k=4, channels=[Channel.IMAGE]))
    assert "It was left out" in words.note


def test_new_films_of_the_same_kind_are_no_strangers(chest_archive):
    answers = [chest_archive.search(options=like(Example(picture=encoded(film(s))))) for s in range(8000, 8012)]
    assert not any(answer.no_good_match for answer in answers)


def bomb_png():
    """A PNG of 60,000 x 60,000 grey pixels: 3.6 GB from 3.5 MB."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    engine = zlib.compressobj(9)
    lines = b"".join(engine.compress(b"\0" * 60_001) for _ in range(2_000)) + engine.flush()
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def without_pixels():
    import pydicom
    from pydicom.data import get_testdata_file

    file = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
    del file.PixelData
    stream = io.BytesIO()
    file.save_as(stream)
    return stream.getvalue()


def bad_files():
    good = encoded(film(1), "JPEG")
    return {
        "text": (b"hello, I am no picture at all " * 20, DecodeError, "neither PNG, JPEG nor DICOM"),
        "cut jpeg": (good[: len(good) // 3], DecodeError, "does not decode"),
        "cut png": (encoded(film(1))[:5000], DecodeError, "does not decode"),
        "flat": (encoded(np.full((64, 64), 7, np.uint8)), InputError, "equally bright"),
        "tiny": (encoded(film(1)[:12, :40]), InputError, "at least 16 a side"),
        "bomb": (bomb_png(), DecodeError, "larger than the configured limit"),
        "no pixels": (without_pixels(), DecodeError, "pixel data is absent"),
        "gif": (encoded(film(1), "GIF"), DecodeError, "neither PNG, JPEG nor DICOM"),
    }


@pytest.mark.parametrize("kind", list(bad_files()))
def test_bad_files_are_refused_in_plain_words_and_leave_nothing(archive, kind, tmp_path, monkeypatch):
    content, error, words = bad_files()[kind]
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(error, match=words):
        archive.search(options=like(Example(picture=content)))
    assert list(tmp_path.iterdir()) == []
    assert archive.search(options=like(Example(picture=encoded(film(1))))).hits  # the reader goes on
    assert list(tmp_path.iterdir()) == []


def test_a_child_that_is_killed_is_an_error_and_not_the_end(archive):
    reader = archive._searched.examples
    archive.search(options=like(Example(picture=encoded(film(2)))))
    (pid,) = reader._pixels._reader.child_pids
    os.kill(pid, 9)
    time.sleep(0.3)
    assert archive.search(options=like(Example(picture=encoded(film(3))))).hits


def test_what_decodes_is_never_decoded_here(archive, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("decoded in the main process")

    content = encoded(film(4))
    monkeypatch.setattr(Image, "open", refuse)
    assert archive.search(options=like(Example(picture=content))).hits


def test_sixteen_bit_png_is_read_in_full_depth(archive):
    pixels = make_radiograph(6).pixels.astype(np.uint16) * 16
    deep = archive.search(options=like(Example(picture=encoded(pixels))))
    flat = archive.search(options=like(Example(picture=encoded((pixels // 257).astype(np.uint8)))))
    assert keys(deep)[:3] == keys(flat)[:3]


@pytest.mark.parametrize(
    ("example", "words"),
    [
        (Example(image_key="im_0000"), "no picture with this key"),
        (Example(study_key="st_0000"), "no study with this key"),
        (Example(picture=encoded(film(1)), region=Region(0.5, 0.5, 0.51, 0.51)), "draw it at least 16 x 16"),
    ],
)
def test_unusable_examples_are_named(archive, example, words):
    with pytest.raises(InputError, match=words):
        archive.search(options=like(example))


def test_the_same_example_for_and_against_is_refused(archive, films):
    one = Example(image_key=films[0][1])
    with pytest.raises(InputError, match="both as like and as unlike"):
        archive.search(options=like(one, replace(one, unlike=True)))


def test_a_region_of_a_picture_whose_file_is_gone_says_so(archive, films, tmp_path):
    _, image_key, path = films[30]
    path.rename(tmp_path / "away")
    try:
        with pytest.raises(DecodeError, match="not where it was"):
            archive.search(options=like(Example(image_key=image_key, region=Region(0, 0, 0.4, 0.4))))
        assert archive.search(options=like(Example(image_key=image_key))).hits
    finally:
        (tmp_path / "away").rename(path)


def test_the_command_takes_files_and_keys_and_names_no_file(archive, films, tmp_path, capsys):
    path = tmp_path / "Mustermann_Erika.png"
    path.write_bytes(encoded(film(9, PACEMAKER)))
    place = str(archive.folder.path)
    assert main(["search", place, "--like", str(path), "--unlike", films[0][1], "-k", "3", "--json"]) == 0
    told = capsys.readouterr()
    assert len(json.loads(told.out)["hits"]) == 3
    assert "Mustermann" not in told.out + told.err
    words = ["pacemaker", "--like", films[3][0], "--text-weight", "0.7"]
    assert main(["search", place, *words]) == 0
    assert "like a study [example:1]" in capsys.readouterr().err
    path.write_bytes(path.read_bytes()[:3000])
    for wrong in (
        ["--like", str(path)], ["--like", "Mustermann.png"], ["--region", "0,0,1,1"],
        ["--like", "im_1", "--region", "1"],
        ["--like", films[0][1], "--region", "0.5,0,0.2,1"], ["--like", films[0][1], "--text-weight", "2"],
    ):  # fmt: skip
        assert main(["search", place, *wrong]) == 1
        told = capsys.readouterr()
        assert told.err
        assert "Traceback" not in told.err
        assert "Mustermann" not in told.err
    with archive.folder.catalogue.reading() as connection:
        events = connection.execute(select(audit.c.action, audit.c.detail)).all()
    asked = [event.detail for event in events if event.action == "query"]
    assert asked[-1]["examples"] == 1
    assert "Mustermann" not in str(events)
    assert all(len(str(detail)) < 200 for detail in asked)
