// How marks and their words are drawn over a picture: yellow with a dark rim, so that both bright and dark ground show them.

const COLOR = "#ffd95c"
const LINE_PX = 17
const HANDLE_PX = 5

// Lets `outline` make a path in CSS pixels from the canvas's top left corner, and draws it.
export function strokeMark(context, outline) {
  context.lineCap = context.lineJoin = "round"
  for (const [color, width] of [["#000", 4], [COLOR, 2]]) {
    Object.assign(context, { strokeStyle: color, lineWidth: width })
    context.beginPath()
    outline(context)
    context.stroke()
  }
}

// What is taken by the points that it was drawn with.
export const atPoints = {
  handles: (points) => points,
  outline: (points) => points,
  reshaped: (points, handle, to) => points.map((point, place) => (place === handle ? to : point)),
}

export function dot(context, { x, y }) {
  context.moveTo(x + 3, y)
  context.arc(x, y, 3, 0, 2 * Math.PI)
}

// What a chosen measure is taken by; the one that keys move, `taken`, is filled.
export function drawHandles(context, points, taken) {
  for (const [place, { x, y }] of points.entries()) {
    context.beginPath()
    context.arc(x, y, HANDLE_PX, 0, 2 * Math.PI)
    context.fillStyle = place === taken ? COLOR : "#000"
    context.fill()
    Object.assign(context, { strokeStyle: COLOR, lineWidth: 2 }).stroke()
  }
}

// Lines of text beside a point, moved as far as the canvas needs to show them. Returns where they stand.
export function writeMark(context, { x, y }, lines, { clientWidth, clientHeight }) {
  context.font = "600 13px system-ui, sans-serif"
  context.textBaseline = "bottom"
  const width = Math.max(...lines.map((line) => context.measureText(line).width))
  const left = Math.max(4, Math.min(x + 8, clientWidth - width - 4))
  const lowest = Math.max(4 + lines.length * LINE_PX, Math.min(y - 6 + (lines.length - 1) * LINE_PX, clientHeight - 4))
  Object.assign(context, { lineWidth: 4, strokeStyle: "#000", fillStyle: COLOR })
  for (const [place, line] of lines.entries()) {
    const bottom = lowest - (lines.length - 1 - place) * LINE_PX
    context.strokeText(line, left, bottom)
    context.fillText(line, left, bottom)
  }
  const height = lines.length * LINE_PX
  return { left, top: lowest - height, width, height }
}
