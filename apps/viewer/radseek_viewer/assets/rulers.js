// Lengths that people draw on a picture. Kept in picture pixels, so that they follow zoom and pan; each slice has its own.

const LEAST_PX = 3 // on the screen: less is a click
const COLOR = "#ffd95c"

export class Rulers {
  #lines = new Map() // picture -> lines, oldest first
  #drawn = null

  begin(picture, point) {
    this.#drawn = { picture, line: { from: point, to: point } }
  }

  stretch(point) {
    if (this.#drawn) this.#drawn.line.to = point
  }

  abandon() {
    this.#drawn = null
  }

  // The finished line, or null when it is too short to be meant.
  end(scale) {
    const drawn = this.#drawn
    this.#drawn = null
    if (!drawn) return null
    const { from, to } = drawn.line
    if (Math.hypot(to.col - from.col, to.row - from.row) * scale < LEAST_PX) return null
    this.#lines.set(drawn.picture, [...(this.#lines.get(drawn.picture) ?? []), drawn.line])
    return drawn.line
  }

  // Takes the newest line back; false when there is none.
  undo(picture) {
    return (this.#lines.get(picture) ?? []).pop() !== undefined
  }

  clear() {
    this.#lines.clear()
    this.#drawn = null
  }

  of(picture) {
    const lines = this.#lines.get(picture) ?? []
    return this.#drawn?.picture === picture ? [...lines, this.#drawn.line] : lines
  }
}

// Such as `23.4 mm`, of a shadow `23.4 mm at detector`; in pixels where the file does not tell how large one is.
export function lengthOf({ from, to }, { spacing_mm }, atDetector) {
  const [rowSize, colSize] = spacing_mm ?? [1, 1]
  const length = Math.hypot((to.col - from.col) * colSize, (to.row - from.row) * rowSize)
  return `${length < 100 ? length.toFixed(1) : Math.round(length)} ${spacing_mm ? (atDetector ? "mm at detector" : "mm") : "px"}`
}

export function drawRulers(context, lines, viewport, density, atDetector) {
  context.setTransform(density, 0, 0, density, 0, 0)
  context.font = "600 13px system-ui, sans-serif"
  context.textBaseline = "bottom"
  for (const line of lines) {
    const from = viewport.toCanvas(line.from)
    const to = viewport.toCanvas(line.to)
    for (const [color, width] of [["#000", 4], [COLOR, 2]]) strokeLine(context, from, to, color, width)
    writeBeside(context, to, lengthOf(line, viewport.frame, atDetector))
  }
}

function strokeLine(context, from, to, color, width) {
  context.strokeStyle = color
  context.lineWidth = width
  context.lineCap = "round"
  context.beginPath()
  context.moveTo(from.x, from.y)
  context.lineTo(to.x, to.y)
  for (const end of [from, to]) {
    context.moveTo(end.x + 3, end.y)
    context.arc(end.x, end.y, 3, 0, 2 * Math.PI)
  }
  context.stroke()
}

function writeBeside(context, { x, y }, text) {
  context.lineWidth = 4
  context.strokeStyle = "#000"
  context.fillStyle = COLOR
  context.strokeText(text, x + 8, y - 6)
  context.fillText(text, x + 8, y - 6)
}
