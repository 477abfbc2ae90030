// What a drag over the picture does: what the chosen tool is for, or it moves the measure that it begins on.
import { isMeasure } from "./measuring.js"

const SCROLL_PX = [3, 24] // a finger's way to the next slice: less where a stack has many
const REACH_PX = { mouse: 7, touch: 22 } // how near to a measure is on it
const CLICK_PX = 4
const GRIP = "grip" // the drag that moves a measure

export class Drags {
  #reach = REACH_PX.mouse
  #moved = 0
  #scrolled = 0

  // verbs: what people can do; nSlices(): of the open series; windowBy(dx, dy): wider and brighter by so many CSS pixels.
  constructor({ canvas, viewport, measuring, pick, verbs, nSlices, windowBy }) {
    Object.assign(this, { canvas, viewport, measuring, pick, verbs, nSlices, windowBy })
  }

  // What a drag from (x, y) does where `tool` is chosen; null where a person has chosen none.
  modeOf(tool, touch, x, y) {
    this.#reach = touch ? REACH_PX.touch : REACH_PX.mouse
    if (this.viewport.frame && this.measuring.isTakenAt(this.viewport.toPicture(x, y), this.#reach, touch)) return GRIP
    return tool ?? (touch ? (this.nSlices() > 1 ? "scroll" : "pan") : "window")
  }

  from(mode, x, y) {
    this.#scrolled = this.#moved = 0
    this.#ifShown([x, y], (point) => {
      if (mode === GRIP) this.measuring.take(point, this.#reach)
      else if (isMeasure(mode)) this.measuring.begin(mode, point)
      else if (mode === "region") this.pick.begin(point)
    })
  }

  move(mode, { dx, dy, at }) {
    this.#moved += Math.hypot(dx, dy)
    if (mode === "pan") this.verbs.pan(dx, dy)
    else if (mode === "zoom") this.verbs.zoom(Math.exp(-dy / 200), 0, 0)
    else if (mode === "window") this.windowBy(dx, dy)
    else if (mode === "scroll") this.#dragSlices(dy)
    else this.#ifShown(at, (point) => this.#stretch(mode, point))
  }

  end(mode, cancelled, at) {
    if (!this.viewport.frame) return this.verbs.cancel() // the picture was lost meanwhile
    this.#ifShown(at, (point) => {
      if (mode === "region") return cancelled ? this.pick.clear() : this.pick.end(this.viewport.scale)
      if (cancelled) return this.measuring.abandon()
      if (mode === GRIP) this.measuring.letGo()
      else if (isMeasure(mode)) this.measuring.end()
      if (mode !== GRIP && this.#moved < CLICK_PX && !this.measuring.isDrawing) this.measuring.chooseAt(point, this.#reach)
    })
  }

  // The mouse moves with no button held, or is away: then `at` is null.
  hover(at) {
    const point = at && this.viewport.frame ? this.viewport.toPicture(at.x, at.y) : null
    this.canvas.toggleAttribute("data-grip", this.measuring.hover(point, REACH_PX.mouse))
  }

  #stretch(mode, point) {
    if (mode === GRIP && this.#moved >= CLICK_PX) this.measuring.pull(point) // less is a click
    else if (isMeasure(mode)) this.measuring.stretch(point)
    else if (mode === "region") this.pick.stretch(point)
  }

  #dragSlices(dy) {
    const way = Math.min(SCROLL_PX[1], Math.max(SCROLL_PX[0], this.canvas.clientHeight / this.nSlices()))
    this.#scrolled += dy / way
    const steps = Math.trunc(this.#scrolled)
    this.#scrolled -= steps
    if (steps) this.verbs.step(steps)
  }

  #ifShown(at, change) {
    if (!this.viewport.frame) return
    change(this.viewport.toPicture(...at))
    this.viewport.schedule({ greys: false })
  }
}
