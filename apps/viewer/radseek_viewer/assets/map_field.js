// The points of a map as a field to look things up in: nearest one, those inside an outline. Knows no canvas.

const SIDE = 128 // cells in each direction: some six points each at 100,000

export class PointField {
  #cells = new Uint32Array(SIDE * SIDE + 1) // where each cell's points begin in #sorted
  #sorted

  constructor({ n, x, y }) {
    Object.assign(this, { n, x, y })
    const cellOf = (row) => cellAt(y[row]) * SIDE + cellAt(x[row])
    for (let row = 0; row < n; row += 1) this.#cells[cellOf(row) + 1] += 1
    for (let cell = 0; cell < SIDE * SIDE; cell += 1) this.#cells[cell + 1] += this.#cells[cell]
    const next = this.#cells.slice(0, -1)
    this.#sorted = new Uint32Array(n)
    for (let row = 0; row < n; row += 1) this.#sorted[next[cellOf(row)]++] = row
    this.mixed = shuffled(n)
    this.byPlace = this.mixed.slice().sort((a, b) => x[a] - x[b] || a - b)
    this.spread = { across: spreadOf(x), down: spreadOf(y) }
  }

  // Row of the point nearest to (x, y), at most `reach` away, among those that `counts`; -1 for none.
  nearest(x, y, reach, counts) {
    let best = -1
    let least = reach * reach
    this.#near(x - reach, y - reach, x + reach, y + reach, (row) => {
      const apart = (this.x[row] - x) ** 2 + (this.y[row] - y) ** 2
      if (apart <= least && counts(row)) [best, least] = [row, apart]
    })
    return best
  }

  // Rows inside a closed outline [[x, y], ...] among those that `counts`; even and odd crossings, as a lasso is drawn.
  inside(outline, counts) {
    const [xs, ys] = [outline.map(([x]) => x), outline.map(([, y]) => y)]
    const rows = []
    this.#near(Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys), (row) => {
      if (counts(row) && isInside(outline, this.x[row], this.y[row])) rows.push(row)
    })
    return rows
  }

  #near(left, top, right, bottom, visit) {
    for (let cy = cellAt(top); cy <= cellAt(bottom); cy += 1) {
      const from = this.#cells[cy * SIDE + cellAt(left)]
      const to = this.#cells[cy * SIDE + cellAt(right) + 1]
      for (let place = from; place < to; place += 1) visit(this.#sorted[place])
    }
  }
}

// How far values reach from 0.5, on both sides together.
const spreadOf = (values) => Math.max(0.05, 2 * values.reduce((most, value) => Math.max(most, Math.abs(value - 0.5)), 0))
const cellAt = (share) => Math.min(SIDE - 1, Math.max(0, Math.floor(share * SIDE)))

export function isInside(outline, x, y) {
  let inside = false
  for (let i = 0, j = outline.length - 1; i < outline.length; j = i, i += 1) {
    const [ax, ay] = outline[i]
    const [bx, by] = outline[j]
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside
  }
  return inside
}

// All rows in an order of no meaning, the same each time: points drawn later hide others, and no group shall always do so.
function shuffled(n) {
  const rows = Uint32Array.from({ length: n }, (_, row) => row)
  let state = 1
  for (let last = n - 1; last > 0; last -= 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const other = state % (last + 1)
    ;[rows[last], rows[other]] = [rows[other], rows[last]]
  }
  return rows
}

// Rows as bits for the server, eight to a byte, lowest first, in base64; and back.
export function packRows(rows, n) {
  const bytes = new Uint8Array(Math.ceil(n / 8))
  for (const row of rows) bytes[row >> 3] |= 1 << (row & 7)
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
}

export function unpackRows(text) {
  const rows = []
  const bytes = atob(text)
  for (let place = 0; place < bytes.length; place += 1) {
    for (let bit = 0; bit < 8; bit += 1) if (bytes.charCodeAt(place) & (1 << bit)) rows.push(8 * place + bit)
  }
  return rows
}
