"""Pictures of research tables: shown as they are, and masked for the encoder where their data set needs it."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from sqlalchemy import select

from radseek.archive.column_map import load_column_map
from radseek.archive.folder import ArchiveFolder
from radseek.archive.keys import content_key
from radseek.archive.schema import images
from radseek.archive.tables import ingest_table
from radseek.encoders.spec import EncoderSpec
from radseek.images import mask_medpix
from radseek.images.preprocessing import Preprocessing

HEADER = (
    "image,dataset,study_id,patient_id,modality,body_part,caption,"
    "view,age,sex,history,findings,impression,labels,text,split"
)


class RecordingEncoder:
    """Keeps what it is given."""

    spec = EncoderSpec("recording", "1", 4, (1, 1), Preprocessing("recording", 8), 8, "none", ())

    def __init__(self):
        self.pictures = []

    def encode_images(self, pictures):
        self.pictures += list(pictures)
        return np.eye(4, dtype=np.float32)[np.arange(len(pictures)) % 4]

    def encode_pictures(self, pictures):
        vectors = self.encode_images(pictures)
        return vectors, vectors.reshape(-1, 1, 1, 4)


def ingest(tmp_path, dataset):
    tmp_path.mkdir(exist_ok=True)
    grey = np.random.default_rng(5).integers(100, 256, (200, 160), dtype=np.uint8)
    Image.fromarray(grey).save(tmp_path / "a.png")
    (tmp_path / "pairs.csv").write_text(f"{HEADER}\na.png,{dataset},s1,p1,CT,Thorax,A nodule.{',' * 9}\n")
    encoder = RecordingEncoder()
    with ArchiveFolder.create(tmp_path / "archive") as archive:
        tally = ingest_table(archive, tmp_path / "pairs.csv", load_column_map("radseek_pairs"), None, encoder)
        with archive.catalogue.reading() as connection:
            rows = connection.execute(select(images)).all()
        thumbnail = Image.open(io.BytesIO(archive.thumbnail_path(rows[0].content_key).read_bytes()))
        thumbnail.load()
    assert tally.ingested == 1
    return grey / np.float32(255), encoder.pictures, rows, np.asarray(thumbnail.convert("L"))


def test_a_ct_picture_of_a_table_is_one_picture_without_hounsfield_windows(tmp_path):
    grey, encoded, rows, _ = ingest(tmp_path, "other")
    assert [row.window for row in rows] == ["default"]
    np.testing.assert_allclose(encoded[0], grey, atol=1 / 510)


def test_the_encoder_gets_the_masked_picture_and_people_the_whole_one(tmp_path):
    grey, encoded, rows, thumbnail = ingest(tmp_path, "medpix2")
    np.testing.assert_allclose(encoded[0], mask_medpix(grey), atol=1 / 510)
    assert encoded[0][-10:].max() == 0
    assert thumbnail[-10:].min() > 60  # the footer is still there for people


def test_a_masked_and_an_unmasked_picture_never_share_an_embedding(tmp_path):
    _, _, plain, _ = ingest(tmp_path / "one", "other")
    _, _, masked, _ = ingest(tmp_path / "two", "medpix2")
    assert plain[0].content_key != masked[0].content_key
    assert content_key("ab", 0, "default") == content_key("ab", 0, "default", "")
