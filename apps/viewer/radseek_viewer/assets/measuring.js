// What people measure on pictures: drawing it, moving it, taking it away. Kept in picture pixels, so that it follows zoom and pan;
// each slice has its own.
import { angle } from "./angles.js"
import { ellipse, rectangle } from "./areas.js"
import { gripAt, movedBy, placedIn } from "./grips.js"
import { KeptMeasures } from "./kept_measures.js"
import { drawHandles, writeMark } from "./marks.js"
import { MeasureList } from "./measure_list.js"
import { ruler } from "./rulers.js"

const LEAST_PX = 3 // on the screen: less is a click
const KINDS = { measure: ruler, angle, ellipse, rectangle } // tool -> { name, nPoints, isArea, tell, draw, handles, reshaped, outline }

export const isMeasure = (tool) => tool in KINDS

export class Measuring {
  #kept = new KeptMeasures() // measures: { kind, points }, never changed but replaced
  #drawn = null // { picture, kind, points } that a person is drawing; its last point follows the pointer
  #isHeld = false
  #chosen = null // { measure, handle } that a person has drawn or pointed out last
  #pulled = null // { old, now, handle, from } while a person drags a measure
  #pointed = null // measure under the mouse

  // shown: { viewport, picture, series } as they stand; say: tells a result; changed: asks for a new drawing;
  // leave: gives the keys to the picture.
  constructor({ shown, say, changed, leave }) {
    Object.assign(this, { shown, say, changed })
    this.list = new MeasureList({
      choose: (place) => this.#choose({ measure: this.#here[place], handle: null }),
      next: () => this.#chooseNextHandle(),
      nudge: (cols, rows) => this.#nudge({ col: cols, row: rows }),
      remove: () => this.#removeListed(),
      back: () => this.back(),
      leave: () => (this.cancel(), leave()),
    })
  }

  // --- drawing one --------------------------------------------------------------------------------------------

  begin(tool, point) {
    const { picture } = this.shown()
    this.#isHeld = true
    if (this.#drawn?.picture === picture && this.#drawn.kind === KINDS[tool]) this.stretch(point) // the next side of an angle
    else {
      const from = this.#placed(KINDS[tool], point)
      this.#drawn = { picture, kind: KINDS[tool], points: [from, from] }
    }
    this.changed()
  }

  stretch(point) {
    if (!this.#drawn) return
    this.#drawn = { ...this.#drawn, points: [...this.#drawn.points.slice(0, -1), this.#placed(this.#drawn.kind, point)], values: undefined }
    this.changed()
  }

  end() {
    this.#isHeld = false
    const drawn = this.#drawn
    if (!drawn) return
    const { picture } = this.shown()
    if (drawn.picture !== picture || this.#isTooSmall(drawn.points.slice(-2))) return this.abandon()
    if (drawn.points.length < drawn.kind.nPoints) {
      drawn.points = [...drawn.points, drawn.points.at(-1)]
      this.say(drawn.kind.more)
      return
    }
    this.#drawn = null
    const measure = { kind: drawn.kind, points: drawn.points, values: drawn.values }
    this.#kept.add(picture, measure)
    this.#chosen = { measure, handle: null }
    this.say(`Measured ${this.#wordsOf(measure)}`)
    this.changed()
  }

  // Gives up what is being drawn or dragged.
  abandon() {
    this.#isHeld = false
    this.#drawn = this.#pulled = null
    this.changed()
  }

  get isDrawing() {
    return this.#drawn !== null
  }

  // --- choosing and moving one --------------------------------------------------------------------------------

  // The pointer moves with no button held: the side of an angle that is to come follows it. Tells whether
  // a drag would move a measure. `point` is null where the mouse is away.
  hover(point, reach) {
    if (point && this.#drawn?.picture === this.shown().picture && !this.#isHeld) this.stretch(point)
    const pointed = (point && this.#gripAt(point, reach)?.measure) ?? null
    if (pointed !== this.#pointed) this.changed()
    this.#pointed = pointed
    return pointed !== null
  }

  // Whether a drag from here moves a measure; `onlyChosen`: fingers have other things to do with the picture, so they choose it first.
  isTakenAt(point, reach, onlyChosen) {
    const grip = this.#gripAt(point, reach)
    return grip !== null && (!onlyChosen || grip.measure === this.#chosen?.measure)
  }

  take(point, reach) {
    const grip = this.#gripAt(point, reach)
    if (!grip) return
    this.#choose({ measure: grip.measure, handle: null })
    this.#pulled = { old: grip.measure, now: grip.measure, handle: grip.handle, from: point }
  }

  pull(point) {
    if (!this.#pulled) return
    const { old, handle, from } = this.#pulled
    this.#pulled.now = this.#moved(old, handle, { col: point.col - from.col, row: point.row - from.row })
    this.changed()
  }

  letGo() {
    const { old, now } = this.#pulled ?? {}
    this.#pulled = null
    if (now !== old && this.#here.includes(old)) this.#settle(old, now) // another slice may be shown by now
    this.changed()
  }

  // Chooses what lies under a click, or nothing.
  chooseAt(point, reach) {
    const grip = this.#gripAt(point, reach)
    if (grip) this.#choose({ measure: grip.measure, handle: null })
    else this.cancel()
  }

  cancel() {
    this.#chosen = null
    this.abandon()
  }

  // Takes back what is being drawn, else takes away the chosen measure, else the newest of this picture.
  remove() {
    const newest = this.#drawn ?? this.#here.at(-1)
    const removed = !this.#drawn && this.#here.includes(this.#chosen?.measure) ? this.#chosen.measure : newest
    if (removed && !this.#drawn) this.#kept.remove(this.shown().picture, removed)
    this.cancel()
    if (removed) this.say(`${removed === newest ? "Last measurement" : removed.kind.name} removed`)
  }

  // What this picture had before the newest change.
  back() {
    this.abandon()
    const isBack = this.#kept.back(this.shown().picture)
    if (!this.#here.includes(this.#chosen?.measure)) this.#chosen = null
    this.say(isBack ? `Taken back: ${this.#here.length} ${this.#here.length === 1 ? "measurement" : "measurements"} here` : "Nothing to take back here")
    this.changed()
  }

  clear() {
    this.#kept.clear()
    this.cancel()
  }

  // --- the chosen one by keys ---------------------------------------------------------------------------------

  #nudge(by) {
    const { measure, handle } = this.#chosen ?? {}
    if (!this.#here.includes(measure)) return
    this.#settle(measure, this.#moved(measure, handle, by), `nudge ${this.#here.indexOf(measure)} ${handle}`)
    this.changed()
  }

  // All of it, then one end after the other.
  #chooseNextHandle() {
    if (!this.#chosen) return
    const { measure, handle } = this.#chosen
    const next = handle === null ? 0 : handle + 1
    const n = measure.kind.handles(measure.points).length
    this.#chosen = { measure, handle: next < n ? next : null }
    this.say(next < n ? `End ${next + 1} of ${n}` : "All of it")
    this.changed()
  }

  #removeListed() {
    const place = this.#here.indexOf(this.#chosen?.measure)
    this.remove()
    const next = this.#here[Math.min(place, this.#here.length - 1)]
    if (next) this.#chosen = { measure: next, handle: null }
  }

  // --- all of it ----------------------------------------------------------------------------------------------

  draw(context, density) {
    const { viewport, picture } = this.shown()
    const toCanvas = (point) => viewport.toCanvas(point)
    const drawn = this.#drawn?.picture === picture ? [this.#drawn] : []
    const shown = this.#here.map((measure) => (measure === this.#pulled?.old ? this.#pulled.now : measure))
    context.setTransform(density, 0, 0, density, 0, 0)
    for (const measure of [...shown, ...drawn]) {
      const points = measure.points.map(toCanvas)
      measure.kind.draw(context, points)
      if (this.#isMarked(measure)) drawHandles(context, measure.kind.handles(measure.points).map(toCanvas), this.#handleOf(measure))
      const lines = this.#linesOf(measure)
      measure.label = lines.length ? writeMark(context, points[1], lines, viewport.canvas) : null
    }
    this.list.show(shown.map((measure) => ({ words: `${measure.kind.name}: ${this.#wordsOf(measure)}`, label: measure.label, isChosen: this.#isChosen(measure) })))
  }

  get #here() {
    return this.#kept.of(this.shown().picture)
  }

  #isChosen(measure) {
    return this.#chosen !== null && (measure === this.#chosen.measure || measure === this.#pulled?.now)
  }

  #isMarked(measure) {
    return this.#isChosen(measure) || measure === this.#pointed
  }

  #handleOf(measure) {
    return this.#isChosen(measure) ? this.#chosen.handle : null
  }

  #choose(grip) {
    if (!grip.measure) return
    this.#drawn = null
    this.#chosen = grip
    this.say(`${grip.measure.kind.name}: ${this.#wordsOf(grip.measure)}`)
    this.changed()
  }

  #settle(old, now, name = null) {
    if (this.#isTooSmall(now.points)) return
    this.#kept.replace(this.shown().picture, old, now, name)
    this.#chosen = { measure: now, handle: this.#chosen?.handle ?? null }
    this.say(`Moved: ${this.#wordsOf(now)}`)
  }

  #gripAt(point, reach) {
    const { viewport } = this.shown()
    return this.#drawn ? null : gripAt(this.#here, viewport.toCanvas(point), (one) => viewport.toCanvas(one), reach)
  }

  #moved(measure, handle, by) {
    return { kind: measure.kind, points: movedBy(measure, handle, by, this.shown().viewport.frame) }
  }

  #placed(kind, point) {
    return placedIn(kind, point, this.shown().viewport.frame)
  }

  // Whether a side of it is no longer than a click.
  #isTooSmall(points) {
    const { viewport } = this.shown()
    return points.slice(1).some((to, i) => Math.hypot(to.col - points[i].col, to.row - points[i].row) * viewport.scale < LEAST_PX)
  }

  #linesOf(measure) {
    const { viewport, series } = this.shown()
    return measure.kind.tell(measure, viewport.frame, series.at_detector)
  }

  #wordsOf(measure) {
    return this.#linesOf(measure).join(", ")
  }
}
