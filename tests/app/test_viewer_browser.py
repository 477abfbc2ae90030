"""The viewer in a real browser, over the archive in memory: what only a browser can tell."""

from __future__ import annotations

import re

import numpy as np
import pytest
from chromium import (
    browser_marks,
    corner,
    drag,
    expect,
    fake_viewer,
    open_first_hit,
    pixels,
    question,
    resting_box,
    search,
    wait_for_picture,
    wait_until,
    wait_until_run,
    watched,
)
from fake_archive import HOSTILE, N_SLICES, picture_file, region_map

from radseek.dicom.display import apply_window
from radseek.records.instances import Window
from radseek_viewer.components import PREFIX, assets_digest

pytestmark = browser_marks


@pytest.fixture(scope="module")
def url():
    with fake_viewer() as url:
        yield url


def test_search_open_and_back(page, url: str) -> None:
    search(page, url, "left effusion")
    expect(page.locator(".listed").first).to_have_attribute("aria-setsize", "60")
    wait_until(page, lambda: page.locator(".card img").first.evaluate("(image) => image.naturalWidth") == 200)
    assert "effusion" not in page.url
    open_first_hit(page)
    wait_until(page, lambda: "study=study000" in page.url)
    assert "effusion" not in page.url
    page.get_by_role("button", name="Results").click()
    page.get_by_text("60 hits").wait_for()
    expect(question(page)).to_have_value("left effusion")


def test_filters(page, url: str) -> None:
    search(page, url, "effusion")
    page.get_by_role("button", name="CT 20").click()
    page.get_by_text("20 hits").wait_for()
    page.get_by_role("button", name=re.compile("^F ")).click()
    page.get_by_text("10 hits").wait_for()
    expect(page.locator(".card")).to_have_count(10)  # the new wall, and no other
    expect(page.locator(".card .title").first).to_have_text("1\nCT · Chest", use_inner_text=True)
    page.get_by_role("button", name="Clear").click()
    page.get_by_text("60 hits").wait_for()
    expect(page.locator(".listed").first).to_have_attribute("aria-setsize", "60")


def test_window_zoom_pan_and_reset(page, url: str) -> None:
    search(page, url, "effusion")
    open_first_hit(page)
    first = pixels(page)
    assert max(first) > 100

    drag(page, 0, 120)  # centre up: darker
    wait_until(page, lambda: pixels(page) != first)
    darker = pixels(page)
    assert np.mean(darker) < np.mean(first)
    expect(corner(page, "bottomLeft")).not_to_contain_text("C 128 W 256")

    page.get_by_role("button", name="Reset").click()
    expect(corner(page, "bottomLeft")).to_contain_text("C 128 W 256")
    wait_until(page, lambda: pixels(page) == first)

    drag(page, 90, 0, button="right")
    wait_until(page, lambda: pixels(page) != first)
    page.keyboard.press("r")
    wait_until(page, lambda: pixels(page) == first)

    page.keyboard.press("i")
    expect(corner(page, "bottomLeft")).to_contain_text("inverted")
    inverted = [255 - grey for grey in first if grey > 0]
    wait_until(page, lambda: [new for new, grey in zip(pixels(page), first, strict=True) if grey > 0] == inverted)
    page.keyboard.press("i")

    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    wait_until(page, lambda: float(page.locator(".stack canvas").get_attribute("data-zoom")) > 1.5)
    expect(page.locator(".stack canvas")).to_have_attribute("data-slice", str(N_SLICES // 2))

    page.keyboard.press("f")
    page.keyboard.press("2")  # the second window of the file
    expect(corner(page, "bottomLeft")).to_contain_text("C 60 W 80")


def test_wheel_keys_and_slider_change_slices(page, url: str) -> None:
    search(page, url, "effusion")
    open_first_hit(page)
    middle = pixels(page)
    expect(corner(page, "bottomRight")).to_have_text(f"{N_SLICES // 2 + 1} / {N_SLICES}")
    page.locator(".stack canvas").hover()
    page.mouse.wheel(0, 120)
    wait_until(page, lambda: pixels(page) != middle)
    expect(page.locator(".stack canvas")).to_have_attribute("data-slice", str(N_SLICES // 2 + 1))
    page.keyboard.press("Home")
    expect(corner(page, "bottomRight")).to_have_text(f"1 / {N_SLICES}")
    page.keyboard.press("ArrowUp")  # there is none before the first
    expect(corner(page, "bottomRight")).to_have_text(f"1 / {N_SLICES}")
    page.keyboard.press("End")
    expect(corner(page, "bottomRight")).to_have_text(f"{N_SLICES} / {N_SLICES}")
    page.get_by_label("Slice", exact=True).fill("3")
    expect(corner(page, "bottomRight")).to_have_text(f"4 / {N_SLICES}")


def test_series_strip_and_keys(page, url: str) -> None:
    page.goto(f"{url}study?study=study001")
    wait_for_picture(page)
    expect(corner(page, "topRight")).to_have_text("PA")
    expect(page.locator(".stack canvas")).to_have_count(1)
    page.get_by_role("button", name="Show LL").click()
    expect(corner(page, "topRight")).to_have_text("LL")
    page.locator(".stack canvas").focus()
    page.keyboard.press("ArrowLeft")
    expect(corner(page, "topRight")).to_have_text("PA")


def test_a_sentence_searches(page, url: str) -> None:
    search(page, url, "effusion")
    open_first_hit(page)
    page.locator(".sentence.absent").click()
    page.get_by_text("60 hits").wait_for()
    expect(question(page)).to_have_value("No pneumothorax.")
    assert "pneumothorax" not in page.url


def test_an_example_searches(page, url: str) -> None:
    page.goto(url)
    page.get_by_role("button", name="No pneumothorax.").click()
    page.locator(".card").first.wait_for()
    expect(question(page)).to_have_value("No pneumothorax.")


def test_what_was_understood_is_taken_out_and_put_back(page, url: str) -> None:
    search(page, url, "left effusion")
    chip = page.get_by_role("button", name="left side")
    chip.wait_for()
    expect(page.locator(".chip.asked")).to_have_text(["pleural effusion×", "left side×"])
    expect(chip).to_have_attribute("aria-pressed", "true")
    chip.click()
    page.locator(".chip.dropped").wait_for()
    expect(page.locator(".chip.asked")).to_have_text(["pleural effusion×", "left side+"])
    page.get_by_role("button", name="left side").focus()
    page.keyboard.press("Enter")
    page.locator(".chip.dropped").wait_for(state="detached")
    assert page.locator(".chip:focus").inner_text() == "left side\n×"  # though all chips are new ones
    assert "left" not in page.url


def test_a_misspelt_word_is_offered_and_runs_when_clicked(page, url: str) -> None:
    search(page, url, "lefft effussion")
    page.get_by_text("Did you mean").wait_for()
    page.get_by_role("button", name="left effusion", exact=True).click()
    page.locator(".chip.asked").first.wait_for()
    expect(question(page)).to_have_value("left effusion")


def test_hostile_text_stays_text(page, url: str) -> None:
    page.goto(url)
    page.get_by_role("button", name=HOSTILE).wait_for()  # an example chip, word for word
    search(page, url, HOSTILE)
    page.locator(".card .sentence", has_text="onerror").first.wait_for()
    open_first_hit(page)
    sentence = page.locator(".report .sentence", has_text="onerror")
    expect(sentence).to_have_text(HOSTILE)
    sentence.click()
    page.get_by_text("60 hits").wait_for()
    expect(question(page)).to_have_value(HOSTILE)
    wait_until_run(page)
    page.wait_for_timeout(300)  # a script would have run by then
    assert page.title() == "radseek"
    expect(page.locator("img[src=x]")).to_have_count(0)


def test_keyboard_alone_reaches_a_study(page, url: str) -> None:
    search(page, url, "effusion")
    page.locator(".card").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.locator(".stack canvas").wait_for()
    wait_until(page, lambda: "study=study001" in page.url)


def test_a_lost_picture_is_said(failing_page, url: str) -> None:
    page = failing_page
    page.route(
        f"**{PREFIX}/frames/**", lambda route: route.fulfill(status=404, json={"message": "It does not decode."})
    )
    page.goto(f"{url}study?study=study001")
    page.get_by_role("alert").get_by_text("It does not decode.").wait_for()


def test_every_page_says_what_it_is_not_for(page, url: str) -> None:
    for path in ("", "study?study=study001", "about", "study?study=absent"):
        page.goto(url + path)
        page.get_by_text("Research and teaching use, not for diagnosis.", exact=True).wait_for()


WINDOWS = [
    Window(40, 400), Window(128, 256), Window(0.5, 1), Window(40, 400, "", "LINEAR_EXACT"),
    Window(0.5, 1, "", "LINEAR_EXACT"), Window(40, 400, "", "SIGMOID"), Window(-600, 1500), Window(10, 2),
]  # fmt: skip


def test_windows_in_the_browser_equal_those_in_python(page, url: str) -> None:
    """The browser's formulas against `radseek.dicom`, which has its own tests against the standard."""
    page.goto(url)
    values = [
        -32768.0,
        -1400.0,
        -600.0,
        -160.5,
        -160.0,
        0.0,
        0.25,
        0.5,
        0.75,
        1.0,
        9.0,
        9.5,
        10.0,
        39.5,
        40.0,
        239.0,
        32767.0,
    ]
    script = """async ([url, values, windows]) => {
      const { displayValue } = await import(url)
      return windows.map((window) => values.map((value) => displayValue(value, window)))
    }"""
    windows = [{"center": w.center, "width": w.width, "function": w.function} for w in WINDOWS]
    got = page.evaluate(script, [f"{PREFIX}/assets/{assets_digest()}/windowing.js", values, windows])
    for window, row in zip(WINDOWS, got, strict=True):
        expected = apply_window(np.array([values], dtype=np.float32), window)[0]
        np.testing.assert_allclose(row, expected, atol=2e-6, err_msg=str(window))


def test_greys_of_a_frame_equal_python(page, url: str) -> None:
    """16-bit codes, step, offset and inversion, through the table that paints the canvas."""
    page.goto(url)
    codes = [-32768, -1, 0, 1, 100, 255, 32767]
    script = """async ([url, codes, frame, window]) => {
      const { buildGreyTable, paintGreys } = await import(url)
      const filled = { ...frame, codes: new Int16Array(codes) }
      return [false, true].map((inverted) => {
        const pixels = paintGreys(filled, buildGreyTable(filled, window, inverted), new Uint32Array(codes.length))
        return [...pixels].map((pixel) => [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255, pixel >>> 24])
      })
    }"""
    frame = {"signed": True, "slope": 0.5, "intercept": 10.0, "inverted": True}
    window = {"center": 60, "width": 120, "function": "LINEAR"}
    plain, inverted = page.evaluate(script, [f"{PREFIX}/assets/{assets_digest()}/windowing.js", codes, frame, window])
    shown = apply_window(np.array([codes], dtype=np.float32) * 0.5 + 10, Window(60, 120))[0]
    # MONOCHROME1 shows the complement; the person's own inversion turns it back
    np.testing.assert_allclose([p[0] for p in plain], np.rint(255 * (1 - shown)), atol=1)
    np.testing.assert_allclose([p[0] for p in inverted], np.rint(255 * shown), atol=1)
    assert all(p[0] == p[1] == p[2] and p[3] == 255 for p in plain + inverted)


def test_light_theme_draws_too(own_context) -> None:
    with fake_viewer("light") as url, watched(own_context.new_page()) as page:
        search(page, url, "effusion")
        ground = page.evaluate("() => getComputedStyle(document.querySelector('.stApp')).backgroundColor")
        assert min(map(int, re.findall(r"\d+", ground)[:3])) > 240


def test_the_next_hit_takes_the_place_of_the_last(page, url: str) -> None:
    search(page, url, "effusion")
    open_first_hit(page)
    page.locator(".stack .badge").wait_for()  # study000 is a phantom
    page.get_by_role("button", name="chevron_right").click()
    page.get_by_text("hit 2 of 60").wait_for()
    expect(corner(page, "topLeft")).to_have_text(re.compile("^Radiograph"))
    wait_until_run(page)
    expect(page.locator(".stack canvas")).to_have_count(1)
    expect(page.locator(".reports")).to_have_count(1)
    expect(page.locator(".stack .badge")).to_be_hidden()


def test_bands_are_said_in_words_and_bars(page, url: str) -> None:
    search(page, url, "effusion")
    cards = page.locator(".card")
    for n, (band, lit) in enumerate((("Strong match", 3), ("Fair match", 2), ("Weak match", 1))):
        expect(cards.nth(n).locator(".band")).to_have_text(band)
        expect(cards.nth(n).locator(".bars .lit")).to_have_count(lit)
    expect(cards.first.locator(".band")).to_have_attribute("title", re.compile("no probability of disease"))
    expect(cards.first).to_have_attribute("aria-label", re.compile("Strong match$"))
    expect(page.locator(".folded")).to_have_text(["+2 near-identical"])


LIT = """async (node) => {
  const image = new Image()
  image.src = node.style.backgroundImage.slice(5, -2)
  await image.decode()
  const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height })
  canvas.getContext("2d").drawImage(image, 0, 0)
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
  const lit = []
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3]) lit.push([((i / 4) % canvas.width + 0.5) / canvas.width,
                               (Math.floor(i / 4 / canvas.width) + 0.5) / canvas.height])
  }
  return { lit, ratio: canvas.width / canvas.height }
}"""
"""Places of the lit pixels of a map, as shares of width and height, and its shape."""


def test_maps_light_the_part_of_the_picture_that_shows_it(page, url: str) -> None:
    search(page, url, "effusion")
    card, dark = page.locator(".card").first, page.locator(".card").nth(1)
    wait_until(page, lambda: card.locator("img").evaluate("(image) => image.naturalWidth") == 200)
    card.locator(".map").wait_for()
    expect(dark.locator(".map")).to_have_count(0)  # its map points nowhere
    shapes = [resting_box(page, card.locator(what)) for what in ("img", ".map")]
    assert shapes[0] == shapes[1]
    told = card.locator(".map").evaluate(LIT)
    assert told["ratio"] == pytest.approx(200 / 256, abs=0.01)  # scaled as the picture is, it lies on it
    lit = np.array(told["lit"])
    # cell (1, 2) of 4 x 4 in the square; the picture fills its columns from 28/256 to 228/256
    assert lit.mean(axis=0) == pytest.approx([(160 - 28) / 200, 96 / 256], abs=0.01)
    # half of a lone cell's light is left half a cell away, so one cell is lit
    assert np.ptp(lit, axis=0) == pytest.approx([64 / 200, 64 / 256], abs=0.02)

    page.get_by_text("Show where").click()
    wait_until(page, lambda: page.locator(".card").count() > 10 and page.locator(".card .map").count() == 0)
    page.get_by_text("Show where").click()
    wait_until(page, lambda: page.locator(".card .map").count() == page.locator(".card").count() - 1)


def test_map_values_between_cells_equal_python(page, url: str) -> None:
    page.goto(url)
    rows = region_map(lit=True).values[:3]  # 3 rows, 4 columns
    places = [(u / 10, v / 10) for u in range(11) for v in range(11)]
    script = """async ([url, rows, places]) => {
      const { valueAt } = await import(url)
      return places.map(([u, v]) => valueAt(rows, u, v))
    }"""
    got = page.evaluate(script, [f"{PREFIX}/assets/{assets_digest()}/region_map.js", rows, places])
    grid = np.array(rows)
    for (u, v), value in zip(places, got, strict=True):
        columns = [np.interp(u * 4 - 0.5, range(4), row) for row in grid]
        assert value == pytest.approx(np.interp(v * 3 - 0.5, range(3), columns), abs=1e-9), (u, v)


def test_nearest_misses_stand_apart(page, url: str) -> None:
    search(page, url, "weak")
    page.get_by_role("heading", name="Nearest misses, probably not what was asked").wait_for()
    for cards in (".misses .card", ".card"):
        expect(page.locator(cards)).to_have_count(5)
    expect(page.locator(".notice.weak strong")).to_have_text("No good match")
    expect(page.locator(".notice.weak")).to_contain_text(HOSTILE)
    expect(page.locator(".card .map")).to_have_count(0)
    assert page.title() == "radseek"
    page.locator(".card").first.click()
    wait_for_picture(page)
    wait_until_run(page)
    expect(page.get_by_text(re.compile("^hit "))).to_have_count(0)
    page.get_by_role("button", name="Results").click()
    page.locator(".misses").wait_for()


def test_the_floor_is_chosen_and_kept(page, url: str) -> None:
    search(page, url, "effusion")
    page.get_by_role("combobox", name=re.compile("How good a match")).click()
    page.get_by_role("option", name="Fair and better").click()
    page.get_by_text("40 hits").wait_for()
    open_first_hit(page)
    page.get_by_role("button", name="Results").click()
    page.get_by_text("40 hits").wait_for()
    page.get_by_role("button", name="Clear").click()
    page.get_by_text("60 hits").wait_for()


def test_more_and_less_like_this_by_keyboard_alone(page, url: str) -> None:
    search(page, url, "effusion")
    address = page.url
    page.get_by_role("button", name="More like this: Radiograph · Chest, hit 2", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_text(["like a picture×"])
    page.get_by_role("button", name="Less like this: CT · Chest, hit 1", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_count(2)
    expect(page.locator(".chip img")).to_have_count(2)
    for n, image in enumerate(("study001-i0", "study000-i0")):
        expect(page.locator(".chip img").nth(n)).to_have_attribute("src", re.compile(f"{PREFIX}/thumbnails/{image}$"))
    expect(page).to_have_url(f"{address}?like=study001-i0&unlike=study000-i0")
    page.locator(".chip").first.click()
    expect(page.locator(".chip")).to_have_text(["unlike a picture×"])


def test_a_picture_of_ones_own_is_asked_without_words(page, url: str) -> None:
    page.goto(url)
    page.get_by_role("button", name="Ask with a picture").click()
    page.locator("input[type=file]").set_input_files({
        "name": "Doe^Jane.png",
        "mimeType": "image/png",
        "buffer": picture_file(),
    })
    page.get_by_text("60 hits").wait_for()
    expect(page.locator(".chip")).to_have_text(["like a picture×"])
    page.keyboard.press("Escape")
    assert "Doe" not in page.url
    assert "Doe" not in page.locator("body").inner_text()
    page.locator(".chip").click()
    page.locator(".lead").wait_for()


def test_a_file_that_is_no_picture_is_said_and_can_be_taken_out(page, url: str) -> None:
    page.goto(url)
    page.get_by_role("button", name="Ask with a picture").click()
    page.locator("input[type=file]").set_input_files({
        "name": "a.png",
        "mimeType": "image/png",
        "buffer": b"no picture",
    })
    page.get_by_role("alert").get_by_text("the example is no picture: <b>text</b>").wait_for()
    page.keyboard.press("Escape")
    page.locator(".chip").click()
    page.locator(".lead").wait_for()
