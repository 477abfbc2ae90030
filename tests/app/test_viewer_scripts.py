"""What the page's scripts share, each module by itself: mounting, focus, playing, frames."""

from __future__ import annotations

import pytest
from chromium import browser_marks, fake_viewer, watched

from radseek_viewer.components import PREFIX, assets_digest

pytestmark = browser_marks


@pytest.fixture(scope="module")
def page(context):
    with fake_viewer() as url, watched(context.new_page()) as page:
        page.goto(url)
        yield page


def module(name: str) -> str:
    return f"{PREFIX}/assets/{assets_digest()}/{name}.js"


def test_of_several_calls_only_the_newest_ends_a_component(page) -> None:
    """Streamlit runs at once what an overtaken call returned: the component must survive that."""
    script = """async (url) => {
      const { keptIn } = await import(url)
      const parent = document.createElement("div")
      let made = 0, stopped = 0
      const make = (root) => (made++, root.append("shown"), { stop: () => stopped++ })
      const [first, endFirst] = keptIn(parent, "one", make)
      const [second, endSecond] = keptIn(parent, "one", make)
      endFirst()
      const before = [made, stopped, parent.textContent, first === second]
      endSecond()
      const [third] = keptIn(parent, "one", make)
      return [before, [made, stopped, parent.textContent, first === third]]
    }"""
    assert page.evaluate(script, module("mounting")) == [[1, 0, "shown", True], [2, 1, "shown", False]]


def test_what_is_drawn_anew_does_not_listen_twice(page) -> None:
    script = """async (url) => {
      const { drawnIn } = await import(url)
      const parent = document.createElement("div")
      let listening = 0
      const draw = () => (listening++, () => listening--)
      drawnIn(parent, "one", draw)
      drawnIn(parent, "one", draw)
      const end = drawnIn(parent, "one", draw)
      const while_shown = listening
      end()
      return [while_shown, listening]
    }"""
    assert page.evaluate(script, module("mounting")) == [1, 0]


def test_a_report_that_is_drawn_again_hears_each_region_once(page) -> None:
    script = """async ([report, light]) => {
      const { default: mountReports } = await import(report)
      const { pointAtRegion } = await import(light)
      const parent = document.createElement("div")
      document.body.append(parent)
      const piece = { sentence: 0, key: "k", tone: "present", mark: "", matched: true, text: "Effusion." }
      const data = { legend: [], reports: [{ title: "Report", pieces: [piece] }] }
      const calls = [1, 2, 3].map(() => mountReports({ data, parentElement: parent, setTriggerValue() {} }))
      let looked = 0
      const root = parent.firstChild
      const apply = (all, self, given) => (looked++, all.apply(self, given))
      root.querySelectorAll = new Proxy(root.querySelectorAll, { apply })
      pointAtRegion(["k"])
      const lit = root.querySelector(".sentence").classList.contains("lit")
      calls.at(-1)()
      pointAtRegion(["k"])
      parent.remove()
      return [looked, lit]
    }"""
    assert page.evaluate(script, [module("report_pane"), module("light")]) == [1, True]


def test_the_focus_goes_to_the_new_node_of_the_same_name(page) -> None:
    script = """async (url) => {
      const { element, refill } = await import(url)
      const names = ["first", 'se"cond']
      const nodes = () => names.map((name) => element("button", { data: { name } }, name))
      const node = element("div", {}, ...nodes())
      document.body.append(node)
      node.lastChild.focus()
      refill(node, ...nodes())
      const kept = document.activeElement === node.lastChild
      document.body.focus()
      node.lastChild.blur()
      refill(node, ...nodes())
      const untouched = document.activeElement === document.body
      node.remove()
      return [kept, untouched]
    }"""
    assert page.evaluate(script, module("elements")) == [True, True]


def test_who_pauses_and_plays_again_at_once_has_one_playing(page) -> None:
    script = """async (url) => {
      const { Cine } = await import(url)
      let advanced = 0
      const cine = new Cine(async () => (advanced++, true), () => {})
      cine.perSecond = 20
      for (let n = 0; n < 5; n++) cine.toggle()
      const at_once = advanced
      while (advanced < at_once + 4) await new Promise((done) => setTimeout(done, 5))
      const start = performance.now(), before = advanced
      while (advanced < before + 6) await new Promise((done) => setTimeout(done, 1))
      const tookMs = performance.now() - start
      cine.end()
      return tookMs
    }"""
    assert page.evaluate(script, module("cine")) > 5 * 50 * 0.8  # three at once would take a third of it


def test_two_viewers_that_wait_for_one_frame_count_its_bytes_once(page) -> None:
    script = """async (url) => {
      const { FrameStore } = await import(url)
      let release
      const gate = new Promise((done) => (release = done))
      let sent = 0
      const slow = ["b", "c", "d"]
      const fetchFrame = async (url) => (sent++, slow.includes(url) && (await gate), { codes: new Int16Array(500) })
      const store = new FrameStore({ fetchFrame })
      const busy = ["a", ...slow].map((name) => store.get(name, name)) // all that are sent at once
      const [left, right] = await Promise.all(["left", "right"].map((asker) => store.get("shared", asker)))
      release() // until now one connection was free: the second asked when the first had its frame
      await Promise.all(busy)
      return { sent, bytes: store.bytes, same: left === right }
    }"""
    assert page.evaluate(script, module("frames")) == {"sent": 5, "bytes": 5 * 1000, "same": True}


def test_a_canvas_gets_the_pixels_of_the_screen_that_it_is_moved_to(page) -> None:
    """Another monitor has another density, and the canvas the same size: who watches its size alone hears nothing."""
    script = """async (url) => {
      const { fitPixels, onCanvasSize } = await import(url)
      const canvas = document.createElement("canvas")
      canvas.style.cssText = "display: block; width: 100px; height: 50px"
      document.body.append(canvas)
      const screens = []
      const density = Object.getOwnPropertyDescriptor(window, "devicePixelRatio")
      const real = window.matchMedia
      window.matchMedia = (query) => (screens.push(Object.assign(new EventTarget(), { query })), screens.at(-1))
      const widths = []
      const end = onCanvasSize(canvas, () => (fitPixels(canvas), widths.push(canvas.width)))
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))) // its size is told once
      const move = (value) => {
        const screen = screens.at(-1)
        Object.defineProperty(window, "devicePixelRatio", { value, configurable: true })
        screen.dispatchEvent(new Event("change"))
        screen.dispatchEvent(new Event("change")) // who has heard it listens to the next screen
      }
      move(2)
      move(3)
      end()
      move(1)
      window.matchMedia = real
      Object.defineProperty(window, "devicePixelRatio", density)
      canvas.remove()
      return [widths, screens.map(({ query }) => query)]
    }"""
    widths, queries = page.evaluate(script, module("canvas_size"))
    assert widths == [100, 200, 300]
    assert queries == [f"(resolution: {density}dppx)" for density in (1, 2, 3)]


def test_a_map_that_comes_late_does_not_take_the_place_of_the_one_asked_after_it(page) -> None:
    script = """async (url) => {
      const { default: mountMap } = await import(url)
      const packed = (header, numbers) => {
        const words = new TextEncoder().encode(JSON.stringify(header))
        const start = 4 + 4 * Math.ceil(words.length / 4)
        const bytes = new Uint8Array(start + numbers.byteLength)
        new DataView(bytes.buffer).setUint32(0, words.length, true)
        bytes.set(words, 4)
        bytes.set(new Uint8Array(numbers.buffer), start)
        return new Response(bytes)
      }
      const points = (n) => packed({ n }, new Uint16Array(2 * n).fill(30000))
      const legend = (n) => ({ scale: "groups", legend: [{ code: 0, label: "all", count: n }] })
      const groups = (n) => packed(legend(n), new Uint8Array(n))
      let release
      const late = new Promise((done) => (release = done))
      const real = window.fetch
      window.fetch = async (address) => {
        if (address === "one/points") await late
        const n = address.startsWith("one") ? 1 : 2
        return address.endsWith("/points") ? points(n) : groups(n)
      }
      const parent = document.createElement("div")
      document.body.append(parent)
      const told = () => parent.querySelector("canvas").getAttribute("aria-label").match(/[0-9]+ studies/)[0]
      const colours = () => parent.querySelector(".legend .count")?.textContent
      const load = (name) => {
        const data = { url: name, groups_url: `${name}/groups`, hits: null, selected: null }
        return mountMap({ data, parentElement: parent, setTriggerValue() {} })
      }
      const settle = () => new Promise((done) => setTimeout(done, 100))
      load("one")
      const end = load("two")
      await settle()
      const before = [told(), colours()]
      release()
      await settle()
      const troubled = [...parent.querySelectorAll(".message")].some((message) => !message.hidden)
      const after = [told(), colours(), troubled]
      window.fetch = real
      end()
      parent.remove()
      return [before, after]
    }"""
    expected = [["2 studies", "2"], ["2 studies", "2", False]]
    assert page.evaluate(script, module("archive_map")) == expected
