// Two stack viewers that go together: slices, window, zoom and pan follow whichever a person moves.

const PARALLEL = 0.9 // cosine between the normals of stacks whose slices lie alike
const LEAST_SHARED = 0.5 // of the shorter stack: with less, the same millimetre is no sensible beginning

export class Linking {
  #offset = 0 // right minus left: mm, or a share of the stack
  #follows = false
  samePatient = false
  on = { slice: true, window: true, view: true }

  // changed: told when the links or what they go by are others.
  constructor(left, right, changed) {
    Object.assign(this, { left, right, changed })
  }

  // What a person did in one viewer, done in the other.
  acted(viewer, what) {
    if (this.#follows || !this.left.place.series || !this.right.place.series) return
    const other = viewer === this.left ? this.right : this.left
    this.#follows = true
    if (what === "series") this.#begin()
    else if (what === "slice" && this.on.slice) this.#followSlice(viewer, other)
    else if (what === "window" && this.on.window) this.#followWindow(viewer, other)
    else if (what === "view" && this.on.view) other.showView(viewer.viewport.view)
    else if (what === "lens") other.showLens(this.on.view ? viewer.viewport.lens : null)
    else if (what === "tool") other.takeTool(viewer.tool)
    this.#follows = false
  }

  get isLinked() {
    return Object.values(this.on).some(Boolean)
  }

  toggleAll() {
    const wanted = !this.isLinked
    for (const what of Object.keys(this.on)) this.on[what] = wanted
    if (wanted) this.#keepOffset()
    this.changed()
  }

  toggle(what) {
    this.on[what] = !this.on[what]
    if (what === "slice" && this.on.slice) this.#keepOffset()
    this.changed()
  }

  // What slices go by, for people.
  get words() {
    const stacks = [this.left.place.series, this.right.place.series]
    const nSingle = stacks.filter((series) => !series || series.n_slices < 2).length
    if (nSingle) return `${nSingle === 2 ? "Both are single pictures" : "One of the two is a single picture"}: nothing to scroll together.`
    const unit = this.#inMm ? `${Math.abs(this.#offset).toFixed(0)} mm` : `${Math.abs(100 * this.#offset).toFixed(0)} % of the stack`
    const apart = Math.abs(this.#offset) < (this.#inMm ? 0.5 : 0.005) ? "" : `, right is ${unit} ${this.#offset > 0 ? "further" : "behind"}`
    return `${this.#inMm ? "Slices go together by position in mm" : "Slices go together by their share of the stack"}${apart}.`
  }

  // Newly opened series: of one patient at the same place where they share one, else as they stand.
  #begin() {
    this.#keepOffset()
    if (this.samePatient && (!this.#inMm || this.#sharedPart() >= LEAST_SHARED)) this.#offset = 0
    this.changed()
    if (this.on.slice) this.#followSlice(this.left, this.right)
  }

  #keepOffset() {
    this.#offset = this.#positionOf(this.right.place) - this.#positionOf(this.left.place)
  }

  #followSlice(viewer, other) {
    const { series } = other.place
    if (series.n_slices < 2 || viewer.place.series.n_slices < 2) return
    const offset = other === this.right ? this.#offset : -this.#offset
    other.showSlice(nearestPlace(this.#positions(series), this.#positionOf(viewer.place) + offset))
  }

  #followWindow(viewer, other) {
    const { window, inverted } = viewer.viewport
    other.showWindow(sameWindow(viewer, other, window), inverted)
  }

  // Whether both stacks say where their slices are, along about the same direction.
  get #inMm() {
    const [a, b] = [this.left.place.series, this.right.place.series]
    return Boolean(a?.depths_mm.length > 1 && b?.depths_mm.length > 1) && dot(a.normal, b.normal) > PARALLEL
  }

  #positions(series) {
    if (this.#inMm) return series.depths_mm
    return Array.from({ length: series.n_slices }, (_, slice) => slice / Math.max(1, series.n_slices - 1))
  }

  #positionOf({ series, slice }) {
    return this.#positions(series)[slice]
  }

  #sharedPart() {
    const [a, b] = [this.left.place.series.depths_mm, this.right.place.series.depths_mm].map((mm) => [Math.min(...mm), Math.max(...mm)])
    const shared = Math.min(a[1], b[1]) - Math.max(a[0], b[0])
    return shared / Math.max(1e-6, Math.min(a[1] - a[0], b[1] - b[0]))
  }
}

// The place in `positions` nearest to `wanted`, the first of equal ones.
export function nearestPlace(positions, wanted) {
  let best = 0
  for (let i = 1; i < positions.length; i++) if (Math.abs(positions[i] - wanted) < Math.abs(positions[best] - wanted)) best = i
  return best
}

// CT is measured on one scale. Other values mean nothing from scan to scan: there a window is as much wider and brighter
// than the first one of its own picture.
export function sameWindow(viewer, other, window) {
  const [from, to] = [viewer.firstWindow, other.firstWindow]
  const bothCt = viewer.place.series.modality === "CT" && other.place.series.modality === "CT"
  if (bothCt || !from || !to) return { ...window }
  const ratio = to.width / from.width
  return { ...to, center: to.center + (window.center - from.center) * ratio, width: window.width * ratio }
}

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0)
