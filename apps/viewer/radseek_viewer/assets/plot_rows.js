// Figures below each other on one scale: label, interval, dot or bar, chance and ceiling as ticks, the value in words.
import { svg } from "./elements.js"
import { evenTicks, fitted, linear, textWidth, tickText } from "./plot_scale.js"

const NARROW = 620
const FONT = "13px sans-serif"

export function drawRows(data, width, order) {
  const rows = ordered(data.rows, order)
  const shape = shapeOf(rows, width)
  const bottom = shape.top + rows.length * shape.row
  const x = linear(data.scale, [shape.left, shape.right])
  const marks = []
  const drawing = svg("svg", { width, height: bottom + 26, viewBox: `0 0 ${width} ${bottom + 26}` }, grid(data, x, shape, bottom))
  rows.forEach((row, place) => {
    const y = shape.top + place * shape.row + (shape.stacked ? 32 : shape.row / 2)
    const node = rowNode(row, x, y, shape, data, width)
    drawing.append(node)
    marks.push({ node, words: row.words, x: row.value === null ? shape.left : x(row.value), y, line: 0, half: shape.row / 2 })
  })
  return { drawing, marks }
}

function ordered(rows, order) {
  const kept = rows.filter((row) => row.fixed)
  const moved = rows.filter((row) => !row.fixed)
  if (order === "value") moved.sort((a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity))
  if (order === "name") moved.sort((a, b) => a.label.localeCompare(b.label))
  return [...kept, ...moved]
}

function shapeOf(rows, width) {
  const valueWidth = Math.max(...rows.map((row) => textWidth(row.text, FONT)), 30) + 14
  if (width < NARROW) return { stacked: true, left: 8, right: width - 12, top: 4, row: 46, labels: width - valueWidth - 12 }
  const widest = Math.max(...rows.map((row) => textWidth(row.label, FONT)), 60)
  const left = Math.min(widest + 22, width * 0.44)
  return { stacked: false, left, right: width - valueWidth - 12, top: 4, row: 28, labels: left - 16 }
}

function grid(data, x, shape, bottom) {
  const group = svg("g", { "aria-hidden": "true" })
  for (const tick of evenTicks(data.scale)) {
    group.append(
      svg("line", { class: "grid", x1: x(tick), x2: x(tick), y1: shape.top, y2: bottom }),
      svg("text", { class: "tick", x: x(tick), y: bottom + 16, "text-anchor": "middle" }, tickText(tick)),
    )
  }
  if (data.reference !== null) {
    group.append(svg("line", { class: "chance", x1: x(data.reference), x2: x(data.reference), y1: shape.top, y2: bottom }))
  }
  return group
}

function rowNode(row, x, y, shape, data, width) {
  const label = shape.stacked
    ? svg("text", { class: "label", x: 8, y: y - 16 }, fitted(row.label, shape.labels, FONT))
    : svg("text", { class: "label", x: shape.left - 12, y: y + 4, "text-anchor": "end" }, fitted(row.label, shape.labels, FONT))
  const value = svg("text", { class: "value", x: width - 6, y: shape.stacked ? y - 16 : y + 4, "text-anchor": "end" }, row.text)
  const node = svg("g", { class: `point${row.fixed ? " whole" : ""}`, role: "img", "aria-label": row.words })
  node.append(
    svg("rect", { class: "hit", x: 2, y: y - (shape.stacked ? 30 : shape.row / 2), width: width - 4, height: shape.row - 2, rx: 4 }),
    label,
    value,
  )
  for (const [role, at] of [["chance", row.chance], ["ceiling", row.ceiling]]) {
    if (at !== null) node.append(svg("line", { class: `${role} short`, x1: x(at), x2: x(at), y1: y - 8, y2: y + 8 }))
  }
  if (row.before) node.append(...estimate(row.before, x, y + 5, "before", null))
  if (row.value !== null) node.append(...estimate(row, x, row.before ? y - 5 : y, "main", data.bars ? data.reference ?? data.scale[0] : null))
  return node
}

function estimate(figure, x, y, role, from) {
  const nodes = []
  const at = x(figure.value)
  if (from !== null) {
    const start = Math.min(x(from), at)
    nodes.push(svg("rect", { class: `bar ${role}`, x: start, y: y - 7, width: Math.max(1, Math.abs(at - x(from))), height: 14, rx: 2 }))
  }
  if (figure.low !== null && figure.high !== null) {
    nodes.push(
      svg("line", { class: `interval ${role}`, x1: x(figure.low), x2: x(figure.high), y1: y, y2: y }),
      svg("line", { class: `interval ${role}`, x1: x(figure.low), x2: x(figure.low), y1: y - 4, y2: y + 4 }),
      svg("line", { class: `interval ${role}`, x1: x(figure.high), x2: x(figure.high), y1: y - 4, y2: y + 4 }),
    )
  }
  nodes.push(
    role === "before"
      ? svg("rect", { class: "dot before", x: at - 4, y: y - 4, width: 8, height: 8 })
      : svg("circle", { class: "dot main", cx: at, cy: y, r: 4.5 }),
  )
  return nodes
}
