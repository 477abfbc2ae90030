// What people measure on pictures. Kept in picture pixels, so that it follows zoom and pan; each slice has its own.
import { angle } from "./angles.js"
import { ellipse, rectangle } from "./areas.js"
import { writeMark } from "./marks.js"
import { ruler } from "./rulers.js"

const LEAST_PX = 3 // on the screen: less is a click
const KINDS = { measure: ruler, angle, ellipse, rectangle } // tool -> { nPoints, isArea, tell, draw }

export const isMeasure = (tool) => tool in KINDS

export class Measuring {
  #done = new Map() // picture -> { kind, points }, oldest first
  #drawn = null // { picture, kind, points } that a person is drawing; its last point follows the pointer
  #isHeld = false

  // shown: { viewport, picture, series } as they stand; say: tells a result; changed: asks for a new drawing.
  constructor({ shown, say, changed }) {
    Object.assign(this, { shown, say, changed })
  }

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
    this.#drawn.points = [...this.#drawn.points.slice(0, -1), this.#placed(this.#drawn.kind, point)]
    delete this.#drawn.values
    this.changed()
  }

  // An area ends where the picture does.
  #placed({ isArea }, { col, row }) {
    if (!isArea) return { col, row }
    const { cols, rows } = this.shown().viewport.frame
    return { col: Math.min(cols, Math.max(0, col)), row: Math.min(rows, Math.max(0, row)) }
  }

  // The pointer moves with no button held: the side of an angle that is to come follows it.
  hover(point) {
    if (this.#drawn?.picture === this.shown().picture && !this.#isHeld) this.stretch(point)
  }

  end() {
    this.#isHeld = false
    const drawn = this.#drawn
    if (!drawn) return
    const { viewport, picture, series } = this.shown()
    const [last, before] = drawn.points.slice(-2)
    if (drawn.picture !== picture || Math.hypot(last.col - before.col, last.row - before.row) * viewport.scale < LEAST_PX) return this.abandon()
    if (drawn.points.length < drawn.kind.nPoints) {
      drawn.points = [...drawn.points, drawn.points.at(-1)]
      this.say(drawn.kind.more)
      return
    }
    this.#drawn = null
    this.#done.set(picture, [...(this.#done.get(picture) ?? []), drawn])
    this.say(`Measured ${drawn.kind.tell(drawn, viewport.frame, series.at_detector).join(", ")}`)
    this.changed()
  }

  abandon() {
    this.#isHeld = false
    this.#drawn = null
    this.changed()
  }

  // Takes back what is being drawn, else the newest of this picture.
  undo() {
    const removed = this.#drawn ?? (this.#done.get(this.shown().picture) ?? []).pop()
    this.abandon()
    if (removed) this.say("Last measurement removed")
  }

  clear() {
    this.#done.clear()
    this.abandon()
  }

  draw(context, density) {
    const { viewport, picture, series } = this.shown()
    const drawn = this.#drawn?.picture === picture ? [this.#drawn] : []
    context.setTransform(density, 0, 0, density, 0, 0)
    for (const measured of [...(this.#done.get(picture) ?? []), ...drawn]) {
      const points = measured.points.map((point) => viewport.toCanvas(point))
      measured.kind.draw(context, points)
      const lines = measured.kind.tell(measured, viewport.frame, series.at_detector)
      if (lines.length) writeMark(context, points[1], lines, viewport.canvas)
    }
  }
}
