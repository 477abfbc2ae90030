// A study's pictures: one series at a time on a large canvas, with toolbar, slice slider and a strip of series.
import { onCanvasSize } from "./canvas_size.js"
import { Cine } from "./cine.js"
import { tellDoubt } from "./connection.js"
import { Drags } from "./drags.js"
import { element } from "./elements.js"
import { FrameStore } from "./frames.js"
import { attachGestures } from "./gestures.js"
import { Measuring } from "./measuring.js"
import { RegionLight } from "./region_light.js"
import { RegionPick } from "./region_pick.js"
import { SeriesStrip } from "./series_strip.js"
import { giveKeysBack, SliceBar, Toolbar } from "./stack_toolbar.js"
import { Trouble } from "./trouble.js"
import { Viewport } from "./viewport.js"

const AHEAD = [1, -1, 2, -2, 3, 4]
const PLAYED_AHEAD = [1, 2, 3, 4, 5, 6, 7, 8]
const IN_STRIP = 6 // series that the strip shows at once wherever it stands: of more, it is told which one this is

export class StackViewer {
  #index = 0 // of the open series
  #isOpen = false
  #slice = 0
  #presets = []
  #presetIndex = 0
  #startWindow = null // to begin with instead of the first preset
  #tool = null // null until a person chooses: then a mouse windows and a finger scrolls
  #asked = 0
  #shown = null // address of the frame that the viewport shows
  #pointer = null
  #lensHeld = false
  #cine = new Cine(() => this.#goToSlice((this.#slice + 1) % this.#series.n_slices), () => this.bar.describePlaying())

  // store: several viewers may share one. acted: told what a person did, `slice`, `window`, `view`, `series`, `lens`, `tool` or `link`.
  constructor(root, { store = new FrameStore(), acted = () => {} } = {}) {
    Object.assign(this, { root, store, acted, send: () => {} })
    this.#build()
    this.viewport = new Viewport(this.canvas)
    this.viewport.overlay = (context, density) => this.#drawAbove(context, density)
    this.drags = new Drags({
      canvas: this.canvas, viewport: this.viewport, measuring: this.measuring, pick: this.pick, verbs: this.verbs,
      nSlices: () => this.#series?.n_slices ?? 1, windowBy: (dx, dy) => this.#dragWindow(dx, dy),
    })
    attachGestures(this.canvas, this.verbs)
    giveKeysBack(root, this.canvas)
    this.unwatch = onCanvasSize(this.canvas, () => this.#changed(() => this.viewport.schedule({ greys: false })))
  }

  load(data) {
    const same = this.data?.study_key === data.study_key && this.data.series.length === data.series.length
    this.data = data
    if (same) return this.#showRetold()
    this.#isOpen = false
    this.#startWindow = data.start_window ?? null
    this.measuring.clear()
    this.strip.load(data.series)
    this.corner.topLeft.textContent = data.title
    this.badge.hidden = !data.synthetic
    this.#openSeries(data.start_series)
  }

  // The page tells of the same study once more, perhaps with other maps: what a person looks at stays.
  #showRetold() {
    this.light.open(this.#series)
    this.#changed(() => this.viewport.schedule({ greys: false }))
  }

  focus() {
    if (this.focused === this.data.study_key) return
    this.focused = this.data.study_key
    this.canvas.focus({ preventScroll: true })
  }

  stop() {
    this.#asked += 1 // what is still on its way comes to nothing
    this.#cine.end()
    this.light.stop()
    this.trouble.stop()
    this.store.leave(this)
    this.unwatch()
    this.viewport.stop()
  }

  // --- for a viewer that is linked to this one ----------------------------------------------------------------

  get place() {
    return { series: this.#series, index: this.#index, slice: this.#slice }
  }

  get firstWindow() {
    return this.#presets[0] ?? null
  }

  get tool() {
    return this.#tool
  }

  showSlice(slice) {
    if (slice === this.#slice) return
    this.#cine.stop()
    this.#goToSlice(slice, false)
  }

  showWindow(window, inverted) {
    this.#presetIndex = -1
    this.toolbar.choosePreset(-1)
    this.viewport.inverted = inverted
    this.#changed(() => this.viewport.setWindow(window))
  }

  showView(view) {
    this.#changed(() => this.viewport.showAs(view))
  }

  showLens(at) {
    this.viewport.lens = at
    this.viewport.schedule({ greys: false })
  }

  takeTool(name) {
    this.#tool = name
    this.toolbar.chooseTool(name ?? "window")
    this.canvas.dataset.tool = name ?? "window"
    if (name !== "region") this.pick.clear()
    this.measuring.abandon()
    this.#moveLens()
  }

  say(text) {
    this.spoken.textContent = text
  }

  // --- what people can do -------------------------------------------------------------------------------------

  #verbs() {
    const view = (change) => (this.#changed(change), this.acted("view"))
    return {
      dragMode: (touch, x, y) => this.drags.modeOf(this.#tool, touch, x, y),
      wheelZooms: () => !this.#scrolls,
      tool: (name) => (this.takeTool(name), this.acted("tool")),
      step: (by) => this.#stepTo(this.#slice + by),
      slice: (slice) => this.#stepTo(slice),
      series: (by) => this.#openSeries(this.#index + by),
      zoom: (factor, x, y) => view(() => this.viewport.zoomBy(factor, x, y)),
      pan: (dx, dy) => view(() => this.viewport.panBy(dx, dy)),
      invert: () => (this.#changed(() => this.viewport.toggleInverted()), this.acted("window")),
      fit: () => view(() => this.viewport.fit()),
      actualSize: () => view(() => this.viewport.showActualSize()),
      preset: (index) => this.#choosePreset(index),
      reset: () => this.#reset(),
      dragFrom: (mode, x, y) => (this.#point(x, y, true), this.drags.from(mode, x, y)),
      drag: (mode, move) => this.drags.move(mode, move),
      dragEnd: (mode, cancelled, at) => this.drags.end(mode, cancelled, at),
      point: (x, y, dragging) => this.#point(x, y, dragging),
      unpoint: () => this.#point(null),
      lens: (held) => this.#holdLens(held),
      unmeasure: () => this.measuring.remove(),
      takeBack: () => this.measuring.back(),
      cancel: () => (this.pick.clear(), this.measuring.cancel()),
      where: () => this.light.toggle(),
      link: () => this.acted("link"),
      play: () => this.#scrolls && this.#cine.toggle(),
      redraw: () => this.viewport.schedule({ greys: false }),
    }
  }

  // As the page has told it last: each run of the page may tell it anew.
  get #series() {
    return this.#isOpen ? this.data.series[this.#index] : null
  }

  get #scrolls() {
    return (this.#series?.n_slices ?? 1) > 1
  }

  #point(x, y, dragging = false) {
    this.#pointer = x === null ? null : { x, y }
    this.#moveLens()
    this.light.pointerAt(dragging ? null : this.#pointer)
    if (!dragging) this.drags.hover(this.#pointer)
  }

  #holdLens(held) {
    this.#lensHeld = held
    this.#moveLens()
  }

  #moveLens() {
    const lens = this.#lensHeld || this.#tool === "lens" ? this.#pointer : null
    if (lens === null && this.viewport.lens === null) return
    this.showLens(lens)
    this.acted("lens")
  }

  #drawAbove(context, density) {
    this.light.draw(context, density, this.toolbar.opacity)
    this.measuring.draw(context, density)
    this.pick.draw(context, this.viewport, density)
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
    this.showWindow(next, this.viewport.inverted)
    this.acted("window")
  }

  #valueSpan() {
    const { frame } = this.viewport
    return frame ? Math.max(frame.slope, frame.max - frame.min) : 1
  }

  #choosePreset(index, byPerson = true) {
    const preset = this.#presets[index]
    if (!preset) return
    this.#presetIndex = index
    this.toolbar.choosePreset(index)
    this.#changed(() => this.viewport.setWindow(preset))
    if (byPerson) this.acted("window")
  }

  #reset() {
    this.viewport.inverted = false
    this.verbs.fit()
    this.#choosePreset(0)
  }

  // --- series and slices --------------------------------------------------------------------------------------

  #openSeries(index) {
    const series = this.data.series[index]
    if (!series || (this.#isOpen && index === this.#index)) return
    this.#cine.stop()
    this.#index = index
    this.#isOpen = true
    this.#presets = []
    this.#presetIndex = 0
    this.light.open(series)
    this.pick.clear()
    this.toolbar.offerScroll(this.#scrolls)
    this.strip.mark(index)
    this.viewport.fit()
    this.#goToSlice(series.start_slice)
    this.acted("series")
  }

  #goToSlice(wanted, byPerson = true) {
    const slice = Math.min(this.#series.n_slices - 1, Math.max(0, wanted))
    this.#slice = slice
    this.#describe()
    this.light.follow()
    this.pick.offer()
    if (byPerson) this.acted("slice")
    return this.#loadSlice(slice)
  }

  // Promises whether the slice could be shown.
  async #loadSlice(slice) {
    const asked = ++this.#asked
    const waiting = setTimeout(() => this.root.classList.add("loading"), 150)
    const doubting = setTimeout(tellDoubt, 5000)
    try {
      const frame = await this.store.get(this.#url(slice), this)
      if (asked !== this.#asked) return false
      this.trouble.clear()
      if (!this.#presets.length) this.#offerPresets(frame)
      this.#shown = this.#url(slice)
      this.viewport.show(frame)
      this.#describe()
      this.pick.offer()
      this.#prefetch(slice)
      return true
    } catch (error) {
      if (asked === this.#asked) this.#tellTrouble(error)
      return false
    } finally {
      clearTimeout(waiting)
      clearTimeout(doubting)
      if (asked === this.#asked) this.root.classList.remove("loading")
    }
  }

  #tellTrouble(error) {
    this.viewport.show(null)
    this.#shown = null
    this.measuring.list.show([])
    const place = this.#scrolls ? `${this.#unit} ${this.#slice + 1}: ` : ""
    this.trouble.tell(place, error)
  }

  get #unit() {
    return this.#series?.unit === "frame" ? "Frame" : "Slice"
  }

  #url(slice) {
    return this.#series.frames.replace("{slice}", String(slice))
  }

  #prefetch(slice) {
    const ahead = (this.#cine.playing ? PLAYED_AHEAD : AHEAD).map((by) => slice + by).filter((index) => index >= 0 && index < this.#series.n_slices)
    this.store.prefetch(ahead.map((index) => this.#url(index)), this)
  }

  #offerPresets(frame) {
    this.#presets = frame.windows
    this.toolbar.offerPresets(frame.windows)
    this.bar.offerRates(frame.frames_per_second ?? null)
    this.#choosePreset(Math.max(0, this.#presetIndex), false)
    if (this.#startWindow) this.showWindow({ ...frame.windows[0], ...this.#startWindow }, false)
    this.#startWindow = null // it was for the first picture
  }

  // --- the page -----------------------------------------------------------------------------------------------

  #describe() {
    const { window, zoom, frame, inverted } = this.viewport
    const n = this.#series?.n_slices ?? 1
    const all = this.data?.series ?? []
    const which = all.length > IN_STRIP ? `\n${this.#index + 1} of ${all.length}` : ""
    this.corner.topRight.textContent = `${this.#series?.label ?? ""}${which}`
    this.corner.bottomLeft.textContent = frame
      ? `C ${round(window.center)}  W ${round(window.width)}   ${Math.round(this.viewport.scale * 100)} %${inverted ? "   inverted" : ""}`
      : ""
    this.corner.bottomRight.textContent = n > 1 ? `${this.#slice + 1} / ${n}` : ""
    this.canvas.dataset.slice = String(this.#slice)
    this.canvas.dataset.zoom = zoom.toFixed(3)
    this.bar.show(this.#slice, n, this.#unit)
  }

  #build() {
    this.verbs = this.#verbs()
    this.canvas = element("canvas", { tabindex: "0", role: "application", "aria-roledescription": "picture", "aria-label": "Picture. Arrow keys change slice and series." })
    this.corner = Object.fromEntries(
      ["topLeft", "topRight", "bottomLeft", "bottomRight"].map((name) => [name, element("div", { class: `corner ${name}` })]),
    )
    this.badge = element("div", { class: "badge", hidden: true }, "SYNTHETIC")
    this.trouble = new Trouble(() => {
      if (document.activeElement === document.body) this.canvas.focus({ preventScroll: true }) // a dialog had the keys
      this.#loadSlice(this.#slice)
    })
    this.toolbar = new Toolbar(this.verbs)
    this.bar = new SliceBar(this.verbs, this.#cine)
    this.pick = new RegionPick({
      shown: () => ({ frame: this.viewport.frame, series: this.#series, slice: this.#slice, least_px: this.data.least_region_px }),
      send: (region) => this.send(region),
      goTo: (slice) => this.#stepTo(slice),
      changed: () => this.viewport?.schedule({ greys: false }),
    })
    this.measuring = new Measuring({
      shown: () => ({ viewport: this.viewport, picture: this.#shown, series: this.#series }),
      say: (text) => this.say(text),
      changed: () => this.viewport?.schedule({ greys: false }),
      leave: () => this.canvas.focus({ preventScroll: true }),
    })
    this.light = new RegionLight({
      shown: () => ({ viewport: this.viewport, all: this.data.series, series: this.#series, slice: this.#slice, thumbs: this.strip.thumbs }),
      offer: (hasMap, shown) => this.toolbar.offerWhere(hasMap, shown),
    })
    this.light.standIn(this.toolbar.whereRow)
    this.spoken = element("div", { class: "spoken", role: "status" })
    this.strip = new SeriesStrip((index) => this.#openSeries(index))
    this.root.replaceChildren(
      this.toolbar.node,
      element("div", { class: "picture" }, this.canvas, ...Object.values(this.corner), this.badge, this.trouble.node, this.light.note,
        this.measuring.list.node, this.pick.bar, element("div", { class: "wait", "aria-hidden": "true" }, "Loading…")),
      this.bar.node,
      this.strip.node,
      this.spoken,
    )
    this.toolbar.chooseTool("window")
    this.canvas.dataset.tool = "window"
  }
}

const round = (value) => (Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)))
