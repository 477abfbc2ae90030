"""Column maps: read strictly, chosen only when exactly one fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from radseek.archive.column_map import (
    ValueSource,
    build_column_map,
    choose_column_map,
    known_column_maps,
    load_column_map,
)
from radseek.errors import ConfigError

PAIRS_COLUMNS = (
    "image,dataset,study_id,patient_id,group_id,view,modality,body_part,age,sex,history,findings,impression,caption,"
    "notes,labels,text,n_text_words,split,orig_split,width,height,orig_width,orig_height,flags,phash,licence,source,"
    "source_file"
).split(",")
HEADERS = {
    "radseek_pairs": PAIRS_COLUMNS,
    "iu_reports": "uid,pmc_id,image_ids,n_images,indication,comparison,findings,impression,mesh_major,mesh_automatic,"
    "licence".split(","),
    "open_i_csv": "uid,MeSH,Problems,image,indication,comparison,findings,impression".split(","),
    "roco": ["id", "name", "caption"],
    "rocov2": ["ID", "Caption"],
}


def test_known_maps_are_named_after_their_files() -> None:
    maps = known_column_maps()
    assert set(HEADERS) < set(maps)
    assert all(name == column_map.name and column_map.about for name, column_map in maps.items())


@pytest.mark.parametrize("name", HEADERS)
def test_the_map_of_each_layout_is_found_by_its_columns(name: str, tmp_path: Path) -> None:
    (tmp_path / "indiana_projections.csv").touch()
    assert choose_column_map(HEADERS[name], tmp_path).name == name


def test_a_map_that_joins_is_not_chosen_without_its_second_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no ready column map fits"):
        choose_column_map(HEADERS["open_i_csv"], tmp_path)


def test_no_map_fits_names_the_nearest_and_what_it_lacks(tmp_path: Path) -> None:
    columns = [c for c in PAIRS_COLUMNS if c not in {"patient_id", "labels"}]
    with pytest.raises(ConfigError, match=r"nearest, radseek_pairs, also needs: labels, patient_id\. The table has: "):
        choose_column_map(columns, tmp_path)


def test_several_maps_that_fit_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="several ready column maps fit this table: roco, rocov2; say which"):
        choose_column_map([*HEADERS["roco"], *HEADERS["rocov2"]], tmp_path)


def test_the_pairs_map_masks_medpix_only() -> None:
    mask = known_column_maps()["radseek_pairs"].mask
    assert mask.read({"dataset": "medpix2"}) == "medpix"
    assert mask.read({"dataset": "nih_cxr14"}) == ""


@pytest.mark.parametrize(
    ("source", "row", "value"),
    [
        (ValueSource("a"), {"a": "  x "}, "x"),
        (ValueSource("a"), {}, ""),
        (ValueSource(value="DX"), {"a": "CT"}, "DX"),
        (ValueSource("a", values={"x": "y"}), {"a": "x"}, "y"),
        (ValueSource("a", values={"x": "y"}), {"a": "z"}, "z"),
        (ValueSource("a", values={"x": "y"}, otherwise=""), {"a": "z"}, ""),
        (ValueSource("a", prefix="p/", suffix=".jpg"), {"a": "1"}, "p/1.jpg"),
        (ValueSource("a", prefix="p/", suffix=".jpg"), {"a": " "}, ""),
    ],
)
def test_value_source(source: ValueSource, row: dict[str, str], value: str) -> None:
    assert source.read(row) == value


def test_a_map_in_full() -> None:
    column_map = build_column_map(
        {
            "study_id": "sid",
            "image": {"column": "file", "suffix": ".png"},
            "modality": {"value": "CT"},
            "sections": {"findings": "f", "other": ["caption", "notes"]},
            "filter": {"split": ["train", "val"]},
        },
        "mine",
    )
    assert column_map.name == "mine"
    assert column_map.needed_columns == {"sid", "file", "f", "caption", "notes", "split"}
    assert [s.column for s in column_map.sections["other"]] == ["caption", "notes"]
    assert column_map.filter == {"split": ("train", "val")}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "expected a mapping, got list"),
        ({"study_id": "a", "image": "b", "colour": "c"}, "unknown key colour; known keys: about, accession"),
        ({"study_id": "a", "image": {"colum": "b"}}, "unknown key colum; known keys: column"),
        ({"study_id": "a", "image": 3}, "expected a mapping, got int"),
        ({"image": "b"}, "study_id must name a column"),
        ({"study_id": "a"}, "nothing to search"),
        ({"study_id": "a", "sections": {"findigs": "f"}}, "unknown section findigs; known sections: indication"),
        ({"study_id": "a", "image": "b", "date_order": "ydm"}, "date_order is one of ymd, dmy, mdy, got 'ydm'"),
        ({"study_id": "a", "image": "b", "delimiter": ";;"}, "delimiter is one character"),
        ({"study_id": "a", "image": "b", "mask": {"value": "logo"}}, "mask gives one of .*medpix"),
        ({"study_id": "a", "image": "b", "mask": "c"}, "mask gives one of .*otherwise"),
        ({"study_id": "a", "image": "b", "join": {"file": "x.csv"}}, "missing key column"),
    ],
)
def test_a_wrong_map_is_refused(content: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build_column_map(content, "mine")


def test_load_by_name_and_by_file(tmp_path: Path) -> None:
    assert load_column_map("roco") == known_column_maps()["roco"]
    file = tmp_path / "mine.yaml"
    file.write_text("study_id: a\nimage: b\n", encoding="utf-8")
    assert load_column_map(file).name == "mine"


def test_load_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"one of: iu_reports, open_i_csv"):
        load_column_map("nonsense")
    with pytest.raises(ConfigError, match="cannot read the column map: No such file"):
        load_column_map(tmp_path / "missing.yaml")
    broken = tmp_path / "broken.yaml"
    broken.write_text("study_id: [", encoding="utf-8")
    with pytest.raises(ConfigError, match="not valid YAML"):
        load_column_map(broken)
