// By what a measure is taken: one of its handles, its line or its words; and what it is after a move. Knows no page.

// The newest measure under `at`, CSS pixels of the canvas, and which handle of it, null for all of it; null where there is none.
// toCanvas: from the picture to the canvas; `label` of a measure: where its words stand on the canvas.
export function gripAt(measures, at, toCanvas, reach) {
  const newest = [...measures].reverse()
  for (const measure of newest) {
    const gaps = measure.kind.handles(measure.points).map((point) => gapTo(toCanvas(point), at))
    const least = Math.min(...gaps)
    if (least <= reach) return { measure, handle: gaps.indexOf(least) }
  }
  const taken = newest.find(({ kind, points, label }) => isIn(label, at) || gapToLine(kind.outline(points).map(toCanvas), at) <= reach)
  return taken ? { measure: taken, handle: null } : null
}

// The points of a measure once the part that was taken is moved by so much; an area stays in its picture.
export function movedBy({ kind, points }, handle, by, frame) {
  if (handle !== null) return kind.reshaped(points, handle, placedIn(kind, plus(kind.handles(points)[handle], by), frame))
  const within = kind.isArea ? { col: heldIn(points.map(({ col }) => col), by.col, frame.cols), row: heldIn(points.map(({ row }) => row), by.row, frame.rows) } : by
  return points.map((point) => plus(point, within))
}

// A point as a kind may have it: an area ends where the picture does.
export function placedIn({ isArea }, { col, row }, { cols, rows }) {
  return isArea ? { col: Math.min(cols, Math.max(0, col)), row: Math.min(rows, Math.max(0, row)) } : { col, row }
}

const plus = (point, by) => ({ col: point.col + by.col, row: point.row + by.row })
const heldIn = (places, by, size) => Math.min(size - Math.max(...places), Math.max(-Math.min(...places), by))
const gapTo = (a, b) => Math.hypot(a.x - b.x, a.y - b.y)
const isIn = (box, { x, y }) => Boolean(box) && x >= box.left && x <= box.left + box.width && y >= box.top && y <= box.top + box.height

function gapToLine(line, at) {
  return Math.min(...line.slice(1).map((to, i) => gapToSide(line[i], to, at)))
}

function gapToSide(from, to, at) {
  const [dx, dy] = [to.x - from.x, to.y - from.y]
  const along = ((at.x - from.x) * dx + (at.y - from.y) * dy) / (dx * dx + dy * dy || 1)
  const share = Math.min(1, Math.max(0, along))
  return gapTo({ x: from.x + share * dx, y: from.y + share * dy }, at)
}
