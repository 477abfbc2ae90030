"""Ready pairs give the vectors of the libraries that made them, to 1e-5."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tiny_checkpoints import (
    TEXTS,
    located,
    pictures,
    save,
    seed,
    vary,
    write_clip_tokenizer,
    write_gemma_tokenizer,
    write_spiece,
)

from radseek.encoders.public.encoder import PublicEncoder
from radseek.encoders.public.loading import load_pair
from radseek.images import prepare

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}


def unit(vectors: torch.Tensor) -> np.ndarray:
    return torch.nn.functional.normalize(vectors, dim=-1).detach().numpy()


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    from transformers import CLIPConfig, CLIPModel

    folder = tmp_path_factory.mktemp("clip")
    n_tokens = write_clip_tokenizer(folder)
    seed()
    text = SMALL | {"vocab_size": n_tokens, "eos_token_id": n_tokens - 1, "bos_token_id": n_tokens - 2}
    vision = SMALL | {"image_size": 32, "patch_size": 8, "hidden_size": 48, "num_attention_heads": 3}
    model = vary(CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=24)))
    return model, save(model, folder)


def siglip_model(n_tokens: int):
    from transformers import SiglipConfig, SiglipModel

    seed()
    text = SMALL | {"vocab_size": n_tokens, "bos_token_id": 0, "eos_token_id": 1, "max_position_embeddings": 16}
    vision = SMALL | {"image_size": 32, "patch_size": 8}
    return vary(SiglipModel(SiglipConfig(text_config=text, vision_config=vision)))


@pytest.fixture(scope="module", params=["spiece", "gemma"])
def siglip(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("siglip")
    n_tokens = write_spiece(folder) if request.param == "spiece" else write_gemma_tokenizer(folder)
    model = siglip_model(n_tokens)
    return model, save(model, folder)


def reference_texts(model, tokenizer_class, folder, **options):
    tokens = tokenizer_class.from_pretrained(folder)(TEXTS, truncation=True, return_tensors="pt", **options)
    tokens.pop("token_type_ids", None)
    return tokens


def test_clip_equals_transformers(clip):
    from transformers import CLIPTokenizer

    model, folder = clip
    encoder = PublicEncoder(load_pair(located("clip", folder, dim=24, max_tokens=77)), "torch-f32")
    prepared = prepare(pictures(), encoder.spec.preprocessing)
    wanted = unit(model.get_image_features(pixel_values=prepared).pooler_output)
    np.testing.assert_allclose(encoder.encode_images(pictures()), wanted, atol=1e-5)
    tokens = reference_texts(model, CLIPTokenizer, folder, padding=True, max_length=77)
    wanted = unit(model.get_text_features(**tokens).pooler_output)
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), wanted, atol=1e-5)
    assert (encoder.spec.dim, encoder.spec.grid) == (24, (4, 4))


def test_old_clip_files_with_the_wrong_end_token_are_read_at_the_highest_id(clip, tmp_path):
    from transformers import CLIPTokenizer

    model, folder = clip
    tokens = reference_texts(model, CLIPTokenizer, folder, padding=True, max_length=77)
    old = model.config.to_dict()
    old["text_config"]["eos_token_id"] = 2
    from transformers import CLIPConfig, CLIPModel

    other = CLIPModel(CLIPConfig(**old)).eval()
    other.load_state_dict(model.state_dict())
    save(other, tmp_path)
    write_clip_tokenizer(tmp_path)
    encoder = PublicEncoder(load_pair(located("clip", tmp_path)), "torch-f32")
    wanted = unit(other.get_text_features(**tokens).pooler_output)
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), wanted, atol=1e-5)


def test_siglip_equals_transformers(siglip):
    import transformers

    model, folder = siglip
    kind = "SiglipTokenizer" if (folder / "spiece.model").is_file() else "Siglip2Tokenizer"
    encoder = PublicEncoder(load_pair(located("siglip", folder, dim=32)), "torch-f32")
    prepared = prepare(pictures(), encoder.spec.preprocessing)
    wanted = unit(model.get_image_features(pixel_values=prepared).pooler_output)
    np.testing.assert_allclose(encoder.encode_images(pictures()), wanted, atol=1e-5)
    tokens = reference_texts(model, getattr(transformers, kind), folder, padding="max_length", max_length=16)
    wanted = unit(model.get_text_features(input_ids=tokens.input_ids).pooler_output)
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), wanted, atol=1e-5)


def test_siglip_patches_are_the_pool_over_each_patch_alone(siglip):
    """The head of transformers itself, given one token at a time."""
    model, folder = siglip
    encoder = PublicEncoder(load_pair(located("siglip", folder)), "torch-f32")
    prepared = prepare(pictures(), encoder.spec.preprocessing)
    tokens = model.vision_model(pixel_values=prepared).last_hidden_state
    alone = torch.stack([model.vision_model.head(tokens[:, place : place + 1]) for place in range(16)], dim=1)
    np.testing.assert_allclose(encoder.encode_patches(pictures()), unit(alone).reshape(3, 4, 4, 32), atol=1e-5)


def test_clip_patches_are_the_last_layer_on_each_patch_alone(clip):
    """The last layer of transformers itself, given one token at a time."""
    model, folder = clip
    encoder = PublicEncoder(load_pair(located("clip", folder)), "torch-f32")
    prepared = prepare(pictures(), encoder.spec.preprocessing)
    vision = model.vision_model
    before = vision(pixel_values=prepared, output_hidden_states=True).hidden_states[-2][:, 1:]
    alone = torch.cat([vision.encoder.layers[-1](before[:, place : place + 1], None) for place in range(16)], dim=1)
    wanted = unit(model.visual_projection(vision.post_layernorm(alone)))
    np.testing.assert_allclose(encoder.encode_patches(pictures()), wanted.reshape(3, 4, 4, 24), atol=1e-5)


def test_a_pickled_checkpoint_gives_the_same_vectors(clip, tmp_path):
    model, folder = clip
    save(model, tmp_path, pickled="pytorch_model.bin")
    write_clip_tokenizer(tmp_path)
    vectors = PublicEncoder(load_pair(located("clip", tmp_path)), "torch-f32").encode_images(pictures())
    np.testing.assert_array_equal(
        vectors, PublicEncoder(load_pair(located("clip", folder)), "torch-f32").encode_images(pictures())
    )


def test_half_precision_shards_are_read_as_float32(clip, tmp_path):
    model, _ = clip
    model.half().save_pretrained(tmp_path, max_shard_size="40KB")
    model.float()
    assert len(list(tmp_path.glob("model-*.safetensors"))) > 1
    write_clip_tokenizer(tmp_path)
    pair = load_pair(located("clip", tmp_path))
    assert {tensor.dtype for tensor in pair.model.state_dict().values()} == {torch.float32}
    encoder = PublicEncoder(pair, "torch-f32")
    np.testing.assert_allclose(np.linalg.norm(encoder.encode_images(pictures()), axis=1), 1, atol=1e-5)
