// Ellipses and rectangles that people draw on a picture, and what the values inside are.
import { strokeMark } from "./marks.js"

const RING_SIDES = 48

// { n, mean, sd, min, max } of the modality values of the pixels whose middles lie inside; `sd` is that of these pixels, by n.
// `spanOf` gives the first and last column inside, as distances from the left edge, for the middle of a row; null for none.
// Padding counts as the black that it is shown with: the page is not told where it is.
export function valuesWithin(frame, [top, bottom], spanOf) {
  const { codes, cols, rows, slope, intercept } = frame
  let [n, sum, squares, min, max, shift] = [0, 0, 0, Infinity, -Infinity, null]
  for (let row = Math.max(0, Math.ceil(top - 0.5)); row < Math.min(rows, bottom); row++) {
    const span = row + 0.5 <= bottom ? spanOf(row + 0.5) : null
    if (!span) continue
    const last = Math.min(cols - 1, Math.floor(span[1] - 0.5))
    for (let col = Math.max(0, Math.ceil(span[0] - 0.5)); col <= last; col++) {
      const code = codes[row * cols + col]
      shift ??= code // sums of differences do not lose digits
      n += 1
      sum += code - shift
      squares += (code - shift) ** 2
      if (code < min) min = code
      if (code > max) max = code
    }
  }
  if (!n) return { n }
  const value = (code) => code * slope + intercept
  return { n, mean: value(shift + sum / n), sd: slope * Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2)), min: value(min), max: value(max) }
}

function boxOf([a, b]) {
  return { left: Math.min(a.col, b.col), right: Math.max(a.col, b.col), top: Math.min(a.row, b.row), bottom: Math.max(a.row, b.row) }
}

function inEllipse({ left, right, top, bottom }) {
  const [middle, center] = [(left + right) / 2, (top + bottom) / 2]
  return (row) => {
    const share = (2 * (row - center)) / (bottom - top)
    const half = ((right - left) / 2) * Math.sqrt(Math.max(0, 1 - share * share))
    return Math.abs(share) < 1 ? [middle - half, middle + half] : null
  }
}

// Such as `Mean 41.9 HU, SD 12.3`, `Min -12, Max 96`, `192 mm², 300 px`. `measured` keeps the values: they are counted once.
function tellArea({ part, spans }, measured, frame, atDetector) {
  const box = boxOf(measured.points)
  const values = (measured.values ??= valuesWithin(frame, [box.top, box.bottom], spans(box)))
  if (!values.n) return ["No pixel inside"]
  const unit = frame.unit ? ` ${frame.unit}` : ""
  const size = part * (box.right - box.left) * (box.bottom - box.top)
  return [`Mean ${written(values.mean)}${unit}, SD ${written(values.sd)}`, `Min ${written(values.min)}, Max ${written(values.max)}`, areaText(size, values.n, frame, atDetector)]
}

function areaText(size, n, { spacing_mm }, atDetector) {
  if (!spacing_mm) return `${n} px`
  const mm2 = size * spacing_mm[0] * spacing_mm[1]
  const area = mm2 < 100 ? `${mm2.toFixed(1)} mm²` : mm2 < 1000 ? `${Math.round(mm2)} mm²` : `${(mm2 / 100).toFixed(1)} cm²`
  return `${area}${atDetector ? " at detector" : ""}, ${n} px`
}

// To a tenth from 10 upwards, else three digits.
const written = (value) => String(Math.abs(value) >= 10 ? Number(value.toFixed(1)) : Number(value.toPrecision(3)))

const cornersOf = ([a, b]) => [a, { col: b.col, row: a.row }, b, { col: a.col, row: b.row }]

// The two points of an area once one of its corners is elsewhere; each corner keeps its place in their order.
const reshaped = ([a, b], corner, to) => [
  { col: corner === 0 || corner === 3 ? to.col : a.col, row: corner < 2 ? to.row : a.row },
  { col: corner === 1 || corner === 2 ? to.col : b.col, row: corner < 2 ? b.row : to.row },
]

function ringOf(points) {
  const { left, right, top, bottom } = boxOf(points)
  const turn = (step) => (2 * Math.PI * step) / RING_SIDES
  return Array.from({ length: RING_SIDES + 1 }, (_, step) => ({
    col: (left + right) / 2 + ((right - left) / 2) * Math.cos(turn(step)), row: (top + bottom) / 2 + ((bottom - top) / 2) * Math.sin(turn(step)),
  }))
}

// part: of its box, how much the shape fills; spans: of its box, first and last column for a row; outline: points around it;
// trace: draws it.
function area(name, { part, spans, outline, trace }) {
  return {
    name,
    handles: cornersOf,
    reshaped,
    outline,
    nPoints: 2,
    isArea: true,
    tell: (measured, frame, atDetector) => tellArea({ part, spans }, measured, frame, atDetector),
    draw: (context, [a, b]) => strokeMark(context, (path) => trace(path, a, b)),
  }
}

export const ellipse = area("Ellipse", {
  part: Math.PI / 4,
  spans: inEllipse,
  outline: ringOf,
  trace: (path, a, b) => path.ellipse((a.x + b.x) / 2, (a.y + b.y) / 2, Math.abs(a.x - b.x) / 2, Math.abs(a.y - b.y) / 2, 0, 0, 2 * Math.PI),
})

export const rectangle = area("Rectangle", {
  part: 1,
  spans: ({ left, right }) => () => [left, right],
  outline: (points) => [...cornersOf(points), points[0]],
  trace: (path, a, b) => path.rect(a.x, a.y, b.x - a.x, b.y - a.y),
})
