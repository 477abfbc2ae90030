// Curves over k with their intervals as bands, and reliability diagrams: dots as large as what stands behind them.
import { svg } from "./elements.js"
import { evenTicks, linear, logTicks, logarithmic, textWidth, tickText } from "./plot_scale.js"

const PAD = { left: 54, right: 18, top: 12, bottom: 46 }
const MANY = 20

export function drawXY(data, width) {
  const height = Math.round(Math.min(380, Math.max(260, width * 0.46)))
  const xs = data.lines.flatMap((line) => line.x)
  const reach = data.diagonal ? data.scale : [Math.min(...xs), Math.max(...xs)]
  const isLog = !data.diagonal && reach[0] >= 1 && reach[1] > MANY
  const x = (isLog ? logarithmic : linear)(reach, [PAD.left, width - PAD.right])
  const y = linear(data.scale, [height - PAD.bottom, PAD.top])
  const drawing = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}` })
  drawing.append(axes(data, { x, y, width, height, ticks: isLog ? logTicks(reach) : evenTicks(reach) }))
  if (data.diagonal) {
    const [low, high] = data.scale
    drawing.append(svg("line", { class: "chance", "aria-hidden": "true", x1: x(low), y1: y(low), x2: x(high), y2: y(high) }))
  }
  const marks = []
  for (const line of data.lines) drawing.append(...lineNodes(line, x, y, data.diagonal))
  data.lines.forEach((line, place) => marks.push(...pointNodes(line, place, x, y)))
  drawing.append(...marks.map((mark) => mark.node))
  return { drawing, marks }
}

function axes(data, { x, y, width, height, ticks }) {
  const group = svg("g", { "aria-hidden": "true" })
  for (const tick of evenTicks(data.scale)) {
    group.append(
      svg("line", { class: "grid", x1: PAD.left, x2: width - PAD.right, y1: y(tick), y2: y(tick) }),
      svg("text", { class: "tick", x: PAD.left - 8, y: y(tick) + 4, "text-anchor": "end" }, tickText(tick)),
    )
  }
  let free = -Infinity
  for (const tick of ticks) {
    const text = tickText(tick)
    const half = textWidth(text, "12px sans-serif") / 2
    if (x(tick) - half < free) continue
    free = x(tick) + half + 6
    group.append(svg("text", { class: "tick", x: x(tick), y: height - PAD.bottom + 18, "text-anchor": "middle" }, text))
  }
  group.append(
    svg("text", { class: "axis", x: (width + PAD.left - PAD.right) / 2, y: height - 8, "text-anchor": "middle" }, data.xLabel),
    svg("text", { class: "axis", transform: `translate(14 ${(height - PAD.bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, data.yLabel),
  )
  return group
}

function lineNodes(line, x, y, isDiagonal) {
  const along = (values) => line.x.map((at, place) => `${x(at).toFixed(1)},${y(values[place]).toFixed(1)}`)
  if (isDiagonal) return line.low.map((low, place) => spread(x(line.x[place]), y(low), y(line.high[place])))
  const nodes = []
  if (line.low.length && line.high.length) {
    const edge = [...along(line.high), ...along(line.low).reverse()].join(" ")
    nodes.push(svg("polygon", { class: `band ${line.role}`, points: edge, "aria-hidden": "true" }))
  }
  nodes.push(svg("polyline", { class: `curve ${line.role}`, points: along(line.y).join(" "), "aria-hidden": "true" }))
  return nodes
}

function spread(x, low, high) {
  return svg("line", { class: "interval main", "aria-hidden": "true", x1: x, x2: x, y1: low, y2: high })
}

function pointNodes(line, place, x, y) {
  if (!line.words.length) return []
  const most = Math.max(...line.sizes, 0)
  return line.x.map((at, point) => {
    const radius = most ? 4 + 8 * Math.sqrt(line.sizes[point] / most) : 3.2
    const centre = { x: x(at), y: y(line.y[point]) }
    const node = svg(
      "g",
      { class: "point", role: "img", "aria-label": line.words[point] },
      svg("circle", { class: "hit", cx: centre.x, cy: centre.y, r: Math.max(radius + 3, 7) }),
      line.role === "before"
        ? svg("rect", { class: "dot before", x: centre.x - radius, y: centre.y - radius, width: 2 * radius, height: 2 * radius })
        : svg("circle", { class: `dot ${line.role}${most ? " blob" : ""}`, cx: centre.x, cy: centre.y, r: radius }),
    )
    return { node, words: line.words[point], ...centre, line: place, half: 0 }
  })
}
