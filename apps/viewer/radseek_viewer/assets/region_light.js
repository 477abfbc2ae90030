// Where a picture shows what was asked: the map over it, lit from the report, and lighting the report's sentences.
import { element } from "./elements.js"
import { onSentence, pointAtRegion } from "./light.js"
import { drawMap, isLit, mapCanvas } from "./region_map.js"

export class RegionLight {
  #map = null // of the open series: a canvas that lies over its first slice
  #isOn = true
  #pointedAt = [] // keys of the sentences that are pointed at in the report
  #lightsReport = false
  #pointer = null
  #byControl = false // the control that shows the region is pointed at, or has the focus

  // shown: { viewport, all, series, slice, thumbs } as they stand; offer: told whether there is a map, and whether it is on.
  constructor({ shown, offer }) {
    Object.assign(this, { shown, offer })
    this.note = element("div", { class: "litnote", role: "status", hidden: true })
    this.unlisten = onSentence((keys) => this.#light(keys))
  }

  // What stands for the region where nobody can point at it: by keyboard, or with a finger.
  standIn(control) {
    const point = (isPointedAt) => ((this.#byControl = isPointedAt), this.#tellReport())
    for (const name of ["focusin", "pointerenter"]) control.addEventListener(name, () => point(true))
    for (const name of ["focusout", "pointerleave"]) control.addEventListener(name, () => point(control.matches(":focus-within")))
  }

  open(series) {
    this.#map = series.map ? mapCanvas(series.map) : null
    this.offer(Boolean(this.#map), this.#isOn)
  }

  toggle() {
    if (!this.#map) return
    this.#isOn = !this.#isOn
    this.offer(true, this.#isOn)
    this.#tellReport()
    this.#redraw()
  }

  // pointer: CSS pixels from the middle of the canvas, or null where it is away or busy.
  pointerAt(pointer) {
    this.#pointer = pointer
    this.#tellReport()
  }

  #tellReport() {
    const points = Boolean(this.#map && (this.#byControl || (this.#pointer && this.#isVisible && this.#isOnRegion)))
    if (points === this.#lightsReport) return
    this.#lightsReport = points
    pointAtRegion(points ? this.shown().series.sentences : [])
    this.#describe()
  }

  // After a step to another slice or series.
  follow() {
    this.pointerAt(this.#pointer)
    this.#light(this.#pointedAt)
  }

  draw(context, density, opacity) {
    if (this.#isVisible) drawMap(context, this.#map, this.shown().viewport, density, this.#isPointedAt ? 1 : opacity)
  }

  stop() {
    this.unlisten()
    this.#byControl = false
    this.pointerAt(null)
  }

  get #isOnRegion() {
    const { viewport, series } = this.shown()
    if (!viewport.frame) return false
    const { col, row } = viewport.toPicture(this.#pointer.x, this.#pointer.y)
    return isLit(series.map, col / viewport.frame.cols, row / viewport.frame.rows)
  }

  get #isHere() {
    const { series, slice } = this.shown()
    return Boolean(this.#map && slice === series.start_slice)
  }

  get #isPointedAt() {
    return this.#pointedAt.some((key) => this.shown().series.sentences.includes(key))
  }

  get #isVisible() {
    return this.#isHere && (this.#isOn || this.#isPointedAt)
  }

  // What the report points at is lit on its picture, and named wherever it is.
  #light(keys) {
    this.#pointedAt = keys
    const { all, thumbs } = this.shown()
    const lit = all.find((series) => series.map && series.sentences.some((key) => keys.includes(key)))
    for (const [i, thumb] of [...thumbs].entries()) thumb.classList.toggle("lit", all[i] === lit)
    this.#describe(lit)
    this.#redraw()
  }

  // The report may be folded, or far away: its words stand at the picture too.
  #describe(lit) {
    const { series } = this.shown()
    const words = lit ? this.#whereItIs(lit) : this.#lightsReport ? series.answers.map((text) => `“${text}”`).join("  ") : ""
    this.note.textContent = words
    this.note.hidden = !words
  }

  #whereItIs(series) {
    const name = series.n_slices > 1 ? `${series.label}, slice ${series.start_slice + 1}` : series.label
    return series === this.shown().series && this.#isHere ? `Lit: where ${name} shows what was asked` : `What was asked is shown on ${name}`
  }

  #redraw() {
    this.shown().viewport.schedule({ greys: false })
  }
}
