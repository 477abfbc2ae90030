import pytest
from hypothesis import given
from hypothesis import strategies as st

from radseek.errors import InputError
from radseek.text import decode_text

FRENCH = "Épanchement pleural gauche à 2 cm; pas d’anomalie."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_reads_every_encoding_that_reports_come_in(encoding: str) -> None:
    assert decode_text(FRENCH.encode(encoding)) == FRENCH


@pytest.mark.parametrize("mark_and_encoding", [(b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le")])
def test_reads_utf16_by_its_mark(mark_and_encoding: tuple[bytes, str]) -> None:
    mark, encoding = mark_and_encoding
    assert decode_text(mark + "胸水".encode(encoding)) == "胸水"


def test_latin1_is_the_last_resort_for_bytes_that_cp1252_lacks() -> None:
    assert decode_text(b"caf\xe9 \x8d") == "café \x8d"


def test_line_ends_become_one_kind() -> None:
    assert decode_text(b"a\r\nb\rc\n\r\n") == "a\nb\nc\n\n"


def test_nul_padding_is_stripped() -> None:
    assert decode_text(b"No effusion.\0") == "No effusion."
    assert decode_text(b"No\0 effusion." + bytes(40)) == "No effusion."


def test_nothing_is_empty_text() -> None:
    assert decode_text(b"") == decode_text(b"\0\0") == decode_text(b"\xef\xbb\xbf") == ""


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\0\0\0\x02\0\x08\0\0\0\0", id="PNG"),
        pytest.param(b"\0" * 128 + b"DICM\x02\0\0\0UL\x04\0\xc6\0\0\0\x02\0\x01\0OB", id="DICOM"),
        pytest.param(b"PK\x03\x04\x14\0\0\0\x08\0\xb1\x8e\x01\x02\x03", id="zip"),
        pytest.param(bytes(range(256)) * 4, id="all bytes"),
    ],
)
def test_binary_content_is_no_text(raw: bytes) -> None:
    with pytest.raises(InputError, match="binary content; give text as UTF-8"):
        decode_text(raw)


@pytest.mark.parametrize(
    ("raw", "name"), [("Effusion".encode("utf-16")[:-1], "UTF-16"), (b"\xef\xbb\xbfEffusion \xff", "UTF-8")]
)
def test_a_mark_that_lies_is_refused_by_name(raw: bytes, name: str) -> None:
    with pytest.raises(InputError, match=f"begins with a {name} mark but is not valid {name}"):
        decode_text(raw)


@given(st.text(st.characters(min_codepoint=32, blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufeff")))
def test_utf8_comes_back_as_it_was(text: str) -> None:
    assert decode_text(text.encode()) == text


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_refused(raw: bytes) -> None:
    try:
        text = decode_text(raw)
    except InputError:
        return
    assert "\0" not in text
    assert "\r" not in text
