"""Tiny random checkpoints in every hub format, saved by the libraries that the real ones were saved by."""

from __future__ import annotations

import json
import string
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from radseek.encoders.public.preset import Located, Preset
from radseek.images import Preprocessing

WORDS = ("no", "left", "right", "small", "pleural", "effusion", "pneumothorax", "chest", "normal", "the", "of")
TEXTS = ["Small left pleural effusion.", "No pneumothorax.", "", "Chest " * 300]

pytest.importorskip("transformers", reason="transformers (radseek[public-encoders]) is not installed")


def pictures(size: int = 40) -> list[np.ndarray]:
    rng = np.random.default_rng(5)
    return [rng.random((size, size)), np.linspace(0, 1, 50 * 30).reshape(50, 30), np.zeros((8, 8), dtype=np.uint8)]


def seed(n: int = 0):
    import torch

    torch.manual_seed(n)


def vary(model):
    """Norms, scales and biases start as ones and zeros: give each tensor values that a mix-up would show."""
    import torch

    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if tensor.is_floating_point():
                tensor.add_(torch.randn_like(tensor) * 0.1)
            if name.endswith("running_var"):
                tensor.abs_().add_(0.5)
    return model.eval()


def save(model, folder: Path, pickled: str = "") -> Path:
    """As hub repositories are: config.json and model.safetensors, or a pickled file of that name."""
    import torch

    model.save_pretrained(folder)
    if pickled:
        from safetensors.torch import load_file

        torch.save(load_file(folder / "model.safetensors"), folder / pickled)
        (folder / "model.safetensors").unlink()
    return folder


def preset(kind: str, **changes) -> Preset:
    plain = Preset(
        name=f"tiny-{kind}",
        kind=kind,
        title="tiny",
        licence="Apache-2.0",
        gating="none",
        training_sets=("random",),
        preprocessing=Preprocessing(f"tiny-{kind}", 32, (0.5, 0.4, 0.3), (0.2, 0.3, 0.4)),
        image_weights="image.pt" if kind == "biovil" else "",
        tower={"family": "resnet"} if kind == "monai" else {},
    )
    return replace(plain, **changes)


def located(kind: str, folder: Path, **changes) -> Located:
    return Located(preset(kind, **changes), folder, has_manifest=False)


# ---- tokenizers -------------------------------------------------------------------------------------------------


def wordpieces() -> list[str]:
    letters = string.ascii_lowercase + string.ascii_uppercase
    return [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters), *".,:-()",
        *WORDS,
    ]  # fmt: skip


def write_wordpieces(folder: Path) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(wordpieces()) + "\n")
    return wordpieces()


def write_clip_tokenizer(folder: Path) -> int:
    """Byte-level BPE as CLIP's, with some merges; returns the number of tokens. The end mark has the highest id."""
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    folder.mkdir(parents=True, exist_ok=True)
    symbols = list(bytes_to_unicode().values())
    merges = [("l", "e"), ("le", "f"), ("lef", "t</w>"), ("n", "o</w>")]
    tokens = [*symbols, *(f"{symbol}</w>" for symbol in symbols), *("".join(pair) for pair in merges)]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({token: place for place, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(" ".join(pair) for pair in merges) + "\n")
    return len(tokens)


def write_spiece(folder: Path) -> int:
    """A sentencepiece model as SigLIP's (unigram, `</s>` is the padding), trained on a few words."""
    sentencepiece = pytest.importorskip("sentencepiece", reason="sentencepiece is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    corpus = folder / "corpus.txt"
    corpus.write_text("\n".join(" ".join(WORDS[start:] + WORDS[:start]) for start in range(len(WORDS))))
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus), model_prefix=str(folder / "spiece"), vocab_size=60, model_type="unigram",
        unk_id=2, bos_id=-1, eos_id=1, pad_id=0, hard_vocab_limit=False, minloglevel=2, character_coverage=1.0,
    )  # fmt: skip
    corpus.unlink()
    (folder / "spiece.vocab").unlink()
    loaded = sentencepiece.SentencePieceProcessor(model_file=str(folder / "spiece.model"))
    return loaded.get_piece_size()


def write_gemma_tokenizer(folder: Path) -> int:
    """A byte-fallback BPE as SigLIP 2's, in one tokenizer.json."""
    from transformers import Siglip2Tokenizer

    tokens = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", *string.ascii_lowercase, "▁", *".,:-", "le", "lef", "left"]
    merges = [("l", "e"), ("le", "f"), ("lef", "t")]
    tokenizer = Siglip2Tokenizer(
        vocab={token: place for place, token in enumerate(tokens)}, merges=merges, padding_side="right"
    )
    tokenizer.save_pretrained(folder)
    return len(tokens)


# ---- whole folders ----------------------------------------------------------------------------------------------


def write_pair(kind: str, folder: Path, size: int = 64) -> Path:
    """A tiny pair of a kind with its manifest: `load_encoder(folder)` takes it. Pictures of `size` px, a 4 x 4 grid."""
    from transformers import CLIPConfig, CLIPModel, SiglipConfig, SiglipModel

    from radseek.encoders.public.checking import add_folder

    small = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
    vision = small | {"image_size": size, "patch_size": size // 4}
    options: dict[str, object] = {"preprocessing": Preprocessing(f"tiny-{kind}", size)}
    folder.mkdir(parents=True, exist_ok=True)
    seed(7)
    if kind == "clip":
        n_tokens = write_clip_tokenizer(folder)
        text = small | {"vocab_size": n_tokens, "eos_token_id": n_tokens - 1, "bos_token_id": n_tokens - 2}
        save(vary(CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=24))), folder)
    elif kind == "siglip":
        n_tokens = write_spiece(folder)
        text = small | {"vocab_size": n_tokens, "bos_token_id": 0, "eos_token_id": 1, "max_position_embeddings": 16}
        save(vary(SiglipModel(SiglipConfig(text_config=text, vision_config=vision))), folder)
    elif kind == "biomedclip":
        from named_tensors import write_biomedclip

        write_biomedclip(folder)
        options |= {
            "preprocessing": Preprocessing("tiny-biomedclip", 32),
            "weights": ("open_clip_pytorch_model.bin",),
        }
    else:
        from named_tensors import write_biovil

        write_biovil(folder, temporal=10)
        options["preprocessing"] = Preprocessing("tiny-biovil", 128)
    add_folder(preset(kind, **options), folder)
    return folder
