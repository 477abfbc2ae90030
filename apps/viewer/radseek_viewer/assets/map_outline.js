// What is drawn round points to select them: a lasso by hand, or a rectangle that keys move.
import { element } from "./elements.js"

const LEAST_PX = 6 // less is a click
const STEP_PX = 24
const FIRST = 0.3 // of the canvas's sides

export class Lasso {
  #outline = [] // [x, y] in CSS pixels from the middle

  begin(x, y) {
    this.#outline = [[x, y]]
  }

  stretch([x, y]) {
    const [lastX, lastY] = this.#outline.at(-1)
    if (Math.hypot(x - lastX, y - lastY) >= 2) this.#outline.push([x, y])
  }

  // The outline, and no longer any; null where it encloses nothing.
  end() {
    const outline = this.#outline
    this.#outline = []
    const spans = [0, 1].map((axis) => Math.max(...outline.map((at) => at[axis])) - Math.min(...outline.map((at) => at[axis])))
    return outline.length > 2 && Math.max(...spans) >= LEAST_PX ? outline : null
  }

  draw(context, ink) {
    if (this.#outline.length < 2) return
    context.beginPath()
    for (const [x, y] of this.#outline) context.lineTo(x, y)
    context.closePath()
    Object.assign(context, { strokeStyle: ink, fillStyle: "rgb(127 196 214 / 18%)", lineWidth: 1.5 })
    context.fill()
    context.setLineDash([5, 4])
    context.stroke()
    context.setLineDash([])
  }
}

// done(outline, adds) with four corners in CSS pixels from the middle.
export class KeyRectangle {
  constructor(canvas, done) {
    Object.assign(this, { canvas, done })
    this.node = element("div", {
      class: "rectangle", tabindex: "0", role: "group", hidden: true, onkeydown: (event) => this.#key(event), onblur: () => this.hide(),
      "aria-label": "Rectangle: arrows move it, Shift and arrows size it, Enter selects what is inside, Escape takes it away",
    })
  }

  show() {
    const { clientWidth, clientHeight } = this.canvas
    this.box = { x: clientWidth * (0.5 - FIRST / 2), y: clientHeight * (0.5 - FIRST / 2), width: clientWidth * FIRST, height: clientHeight * FIRST }
    this.node.hidden = false
    this.#place()
    this.node.focus()
  }

  hide() {
    this.node.hidden = true
  }

  #key(event) {
    const move = { ArrowLeft: [-STEP_PX, 0], ArrowRight: [STEP_PX, 0], ArrowUp: [0, -STEP_PX], ArrowDown: [0, STEP_PX] }[event.key]
    if (event.key === "Enter") this.#finish(event.shiftKey)
    else if (event.key === "Escape") this.#leave()
    else if (move && event.shiftKey) this.#size(move)
    else if (move) this.#move(move)
    else return
    event.preventDefault()
    this.#place()
  }

  #move([dx, dy]) {
    const { clientWidth, clientHeight } = this.canvas
    this.box.x = within(this.box.x + dx, 0, clientWidth - this.box.width)
    this.box.y = within(this.box.y + dy, 0, clientHeight - this.box.height)
  }

  #size([dx, dy]) {
    const { clientWidth, clientHeight } = this.canvas
    this.box.width = within(this.box.width + dx, STEP_PX, clientWidth - this.box.x)
    this.box.height = within(this.box.height + dy, STEP_PX, clientHeight - this.box.y)
  }

  #finish(adds) {
    const { clientWidth, clientHeight } = this.canvas
    const [left, top] = [this.box.x - clientWidth / 2, this.box.y - clientHeight / 2]
    const [right, bottom] = [left + this.box.width, top + this.box.height]
    this.#leave()
    this.done([[left, top], [right, top], [right, bottom], [left, bottom]], adds)
  }

  #leave() {
    this.hide()
    this.canvas.focus({ preventScroll: true })
  }

  #place() {
    const { x, y, width, height } = this.box
    Object.assign(this.node.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` })
  }
}

const within = (value, low, high) => Math.min(high, Math.max(low, value))
