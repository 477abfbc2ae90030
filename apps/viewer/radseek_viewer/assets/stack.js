// The study's pictures: one series at a time on a large canvas, with toolbar, slice slider and a strip of series.
import { Cine } from "./cine.js"
import { element, rootOf } from "./elements.js"
import { FrameStore } from "./frames.js"
import { attachGestures } from "./gestures.js"
import { drawMap, mapCanvas } from "./region_map.js"
import { drawRulers, lengthOf, Rulers } from "./rulers.js"
import { Viewport } from "./viewport.js"

const viewers = new WeakMap()

export default function mountStack({ data, parentElement }) {
  const root = rootOf(parentElement, "stack")
  let viewer = viewers.get(root)
  if (!viewer) {
    viewer = new StackViewer(root)
    viewers.set(root, viewer)
  }
  viewer.load(data)
  return () => {
    viewer.stop()
    viewers.delete(root)
    root.replaceChildren()
  }
}

class StackViewer {
  #store = new FrameStore()
  #series = null
  #slice = 0
  #presets = []
  #presetIndex = 0
  #tool = "window"
  #asked = 0
  #rulers = new Rulers()
  #map = null // of the open series: the canvas that shows where its first slice shows what was asked
  #mapShown = true
  #cine = new Cine(() => this.#goToSlice((this.#slice + 1) % this.#series.n_slices), () => this.#describeCine())

  constructor(root) {
    this.root = root
    this.#build()
    this.viewport = new Viewport(this.canvas)
    this.viewport.overlay = (context, density) => this.#drawAbove(context, density)
    attachGestures(this.canvas, this.#verbs())
    this.observer = new ResizeObserver(() => this.#changed(() => this.viewport.schedule({ greys: false })))
    this.observer.observe(this.canvas)
  }

  load(data) {
    const same = this.data?.study_key === data.study_key
    this.data = data
    if (same) return
    this.#presetIndex = 0
    this.#rulers.clear()
    this.strip.replaceChildren(...data.series.map((series, index) => this.#thumbnail(series, index)))
    this.strip.hidden = data.series.length < 2
    this.corner.topLeft.textContent = data.title
    this.badge.hidden = !data.synthetic
    this.#openSeries(data.start_series)
    this.canvas.focus({ preventScroll: true })
  }

  #drawAbove(context, density) {
    const opacity = Number(this.opacity.value) / 100
    if (this.#map && this.#mapShown && this.#slice === this.#series.start_slice) drawMap(context, this.#map, this.viewport, density, opacity)
    drawRulers(context, this.#rulers.of(this.#url(this.#slice)), this.viewport, density, this.#series.at_detector)
  }

  stop() {
    this.#cine.end()
    this.observer.disconnect()
    this.viewport.stop()
  }

  // --- what people can do -------------------------------------------------------------------------------------

  #verbs() {
    return {
      dragMode: () => this.#tool,
      wheelZooms: () => (this.#series?.n_slices ?? 1) < 2,
      tool: (name) => this.#chooseTool(name),
      step: (by) => this.#stepTo(this.#slice + by),
      series: (by) => this.#openSeries(this.data.series.indexOf(this.#series) + by),
      zoom: (factor, x, y) => this.#changed(() => this.viewport.zoomBy(factor, x, y)),
      pan: (dx, dy) => this.#changed(() => this.viewport.panBy(dx, dy)),
      window: (dx, dy) => this.#dragWindow(dx, dy),
      invert: () => this.#changed(() => this.viewport.toggleInverted()),
      fit: () => this.#changed(() => this.viewport.fit()),
      actualSize: () => this.#changed(() => this.viewport.showActualSize()),
      preset: (index) => this.#choosePreset(index),
      reset: () => this.#reset(),
      measureFrom: (x, y) => this.#measure(() => this.#rulers.begin(this.#url(this.#slice), this.viewport.toPicture(x, y))),
      measureTo: (x, y) => this.#measure(() => this.#rulers.stretch(this.viewport.toPicture(x, y))),
      measured: () => this.#measure(() => this.#tellLength(this.#rulers.end(this.viewport.scale))),
      unmeasure: () => this.#measure(() => this.#rulers.undo(this.#url(this.#slice)) && this.#say("Last measurement removed")),
      where: () => this.#map && this.#showMap(!this.#mapShown),
      play: () => this.#series.n_slices > 1 && this.#cine.toggle(),
    }
  }

  #measure(change) {
    if (!this.viewport.frame) return
    change()
    this.viewport.schedule({ greys: false })
  }

  #showMap(shown) {
    this.#mapShown = shown
    this.whereButton.setAttribute("aria-pressed", String(shown))
    this.viewport.schedule({ greys: false })
  }

  #tellLength(line) {
    if (line) this.#say(`Measured ${lengthOf(line, this.viewport.frame, this.#series.at_detector)}`)
  }

  #say(text) {
    this.spoken.textContent = text
  }

  #stepTo(slice) {
    this.#cine.stop()
    this.#goToSlice(slice)
  }

  #changed(change) {
    change()
    this.#describe()
  }

  // Right: wider; down: higher centre, darker. One full canvas width doubles to quadruples a typical window.
  #dragWindow(dx, dy) {
    const { center, width } = this.viewport.window
    const step = Math.max(width, this.#valueSpan() / 64) / 300
    const next = { ...this.viewport.window, center: center + dy * step, width: Math.max(this.#valueSpan() / 4096, width + dx * step) }
    this.#presetIndex = -1
    this.presetMenu.value = "custom"
    this.#changed(() => this.viewport.setWindow(next))
  }

  #valueSpan() {
    const { frame } = this.viewport
    return frame ? Math.max(frame.slope, frame.max - frame.min) : 1
  }

  #choosePreset(index) {
    const preset = this.#presets[index]
    if (!preset) return
    this.#presetIndex = index
    this.presetMenu.value = String(index)
    this.#changed(() => this.viewport.setWindow(preset))
  }

  #reset() {
    this.viewport.inverted = false
    this.viewport.fit()
    this.#choosePreset(0)
  }

  #chooseTool(name) {
    this.#tool = name
    for (const button of this.toolButtons) button.setAttribute("aria-pressed", String(button.dataset.tool === name))
    this.canvas.dataset.tool = name
  }

  // --- series and slices --------------------------------------------------------------------------------------

  #openSeries(index) {
    const series = this.data.series[index]
    if (!series || series === this.#series) return
    this.#cine.stop()
    this.#series = series
    this.#presets = []
    this.#presetIndex = 0
    this.#map = series.map ? mapCanvas(series.map) : null
    this.whereRow.hidden = !this.#map
    for (const [i, button] of [...this.strip.children].entries()) button.setAttribute("aria-current", String(i === index))
    this.slider.max = String(series.n_slices - 1)
    this.sliderRow.hidden = series.n_slices < 2
    this.viewport.fit()
    this.#goToSlice(series.start_slice)
  }

  #goToSlice(wanted) {
    const slice = Math.min(this.#series.n_slices - 1, Math.max(0, wanted))
    this.#slice = slice
    this.slider.value = String(slice)
    this.#describe()
    return this.#showSlice(slice)
  }

  // Promises whether the slice could be shown.
  async #showSlice(slice) {
    const asked = ++this.#asked
    const waiting = setTimeout(() => this.root.classList.add("loading"), 150)
    try {
      const frame = await this.#store.get(this.#url(slice))
      if (asked !== this.#asked) return
      this.message.hidden = true
      if (!this.#presets.length) this.#offerPresets(frame)
      this.viewport.show(frame)
      this.#describe()
      this.#prefetch(slice)
      return true
    } catch (error) {
      if (asked !== this.#asked) return
      this.viewport.show(null)
      this.message.textContent = error.message
      this.message.hidden = false
      return false
    } finally {
      clearTimeout(waiting)
      if (asked === this.#asked) this.root.classList.remove("loading")
    }
  }

  #url(slice) {
    return this.#series.frames.replace("{slice}", String(slice))
  }

  #prefetch(slice) {
    for (const ahead of [1, -1, 2, -2, 3, 4]) {
      const index = slice + ahead
      if (index >= 0 && index < this.#series.n_slices) this.#store.get(this.#url(index)).catch(() => {})
    }
  }

  #offerPresets(frame) {
    this.#presets = frame.windows
    this.presetMenu.replaceChildren(
      ...frame.windows.map((window, i) => element("option", { value: i }, `${i + 1}  ${window.name}`)),
      element("option", { value: "custom", hidden: true }, "custom"),
    )
    this.#choosePreset(Math.max(0, this.#presetIndex))
  }

  // --- the page -----------------------------------------------------------------------------------------------

  #describe() {
    const { window, zoom, frame, inverted } = this.viewport
    const n = this.#series?.n_slices ?? 1
    this.corner.topRight.textContent = this.#series?.label ?? ""
    this.corner.bottomLeft.textContent = frame
      ? `C ${round(window.center)}  W ${round(window.width)}   ${Math.round(this.viewport.scale * 100)} %${inverted ? "   inverted" : ""}`
      : ""
    this.corner.bottomRight.textContent = n > 1 ? `${this.#slice + 1} / ${n}` : ""
    this.canvas.dataset.slice = String(this.#slice)
    this.canvas.dataset.zoom = zoom.toFixed(3)
    this.sliderLabel.textContent = `Slice ${this.#slice + 1} of ${n}`
  }

  #describeCine() {
    this.playButton.textContent = this.#cine.playing ? "Pause" : "Play"
    this.playButton.setAttribute("aria-pressed", String(this.#cine.playing))
  }

  #thumbnail(series, index) {
    return element(
      "button",
      { type: "button", class: "thumb", title: series.label, "aria-label": `Show ${series.label}`, onclick: () => this.#openSeries(index) },
      element("img", { src: series.thumbnail, alt: "", draggable: "false" }),
      element("span", {}, series.label),
    )
  }

  #build() {
    const button = (label, title, action, data = {}) =>
      element("button", { type: "button", title, onclick: action, data }, label)
    const verbs = this.#verbs()
    this.canvas = element("canvas", { tabindex: "0", role: "img", "aria-label": "Picture. Arrow keys change slice and series." })
    this.corner = Object.fromEntries(
      ["topLeft", "topRight", "bottomLeft", "bottomRight"].map((name) => [name, element("div", { class: `corner ${name}` })]),
    )
    this.badge = element("div", { class: "badge", hidden: true }, "SYNTHETIC")
    this.message = element("div", { class: "message", role: "alert", hidden: true })
    this.presetMenu = element("select", {
      "aria-label": "Window preset",
      onchange: (event) => this.#choosePreset(Number(event.target.value)),
    })
    this.toolButtons = [
      button("Window", "Drag changes the window (W)", () => verbs.tool("window"), { tool: "window" }),
      button("Pan", "Drag moves the picture (P); also right drag or Shift", () => verbs.tool("pan"), { tool: "pan" }),
      button("Measure", "Drag draws a length (M); Delete takes the last one back", () => verbs.tool("measure"), { tool: "measure" }),
    ]
    this.slider = element("input", {
      type: "range", min: "0", value: "0", "aria-label": "Slice",
      oninput: (event) => this.#stepTo(Number(event.target.value)),
    })
    this.sliderLabel = element("span", { class: "slicelabel" })
    this.whereButton = button("Where", "Shows where the picture shows what was asked (S)", () => this.#showMap(!this.#mapShown))
    this.whereButton.setAttribute("aria-pressed", "true")
    this.opacity = element("input", {
      type: "range", min: "0", max: "100", value: "45", "aria-label": "How strongly it is marked", title: "How strongly it is marked",
      oninput: () => this.viewport.schedule({ greys: false }),
    })
    this.whereRow = element("span", { class: "slider where", hidden: true }, this.whereButton, this.opacity)
    this.playButton = button("Play", "Slices one after the other (space)", verbs.play)
    this.rateMenu = element(
      "select",
      { "aria-label": "Slices a second", onchange: (event) => (this.#cine.perSecond = Number(event.target.value)) },
      ...RATES.map((rate) => element("option", { value: rate, selected: rate === this.#cine.perSecond }, `${rate} / s`)),
    )
    this.sliderRow = element("div", { class: "slider", hidden: true }, this.playButton, this.rateMenu, this.slider, this.sliderLabel)
    this.spoken = element("div", { class: "spoken", role: "status" })
    this.strip = element("div", { class: "strip", role: "group", "aria-label": "Series of this study", hidden: true })
    this.root.replaceChildren(
      element(
        "div", { class: "toolbar", role: "toolbar", "aria-label": "Picture tools" },
        element("span", { class: "group" }, ...this.toolButtons),
        this.presetMenu,
        element("span", { class: "group" },
          button("−", "Smaller (-)", () => verbs.zoom(0.8, 0, 0)), button("+", "Larger (+)", () => verbs.zoom(1.25, 0, 0)),
          button("Fit", "Whole picture (F)", verbs.fit), button("1:1", "One screen pixel for each picture pixel (A)", verbs.actualSize)),
        button("Invert", "Black for white (I)", verbs.invert, { action: "invert" }),
        button("Reset", "Back to the first window, whole picture (R or double click)", verbs.reset, { action: "reset" }),
        this.whereRow,
        keysHelp(),
      ),
      element("div", { class: "picture" }, this.canvas, ...Object.values(this.corner), this.badge, this.message,
        element("div", { class: "wait", "aria-hidden": "true" }, "Loading…")),
      this.sliderRow,
      this.strip,
      this.spoken,
    )
    this.#chooseTool("window")
  }
}

const RATES = [5, 10, 15, 25]

const HELP = [
  ["Drag", "window: right wider, down darker"],
  ["Right drag, Shift drag, P", "move the picture"],
  ["Wheel, ↑ ↓", "slices; a single picture zooms"],
  ["Ctrl wheel, + −", "zoom"],
  ["M, then drag", "measure; Delete takes the last one back"],
  ["S", "where it shows what was asked"],
  ["Space", "play and pause"],
  ["1 … 9", "window presets"],
  ["← →", "series"],
  ["I   F   A   R", "invert, fit, 1:1, reset"],
]

function keysHelp() {
  const rows = HELP.flatMap(([keys, what]) => [element("dt", {}, keys), element("dd", {}, what)])
  return element("details", { class: "help" }, element("summary", { title: "Mouse and keys" }, "Keys"), element("dl", {}, ...rows))
}

const round = (value) => (Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)))
