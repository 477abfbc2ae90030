// Where a picture shows what is asked, as a warm glow to be laid over it.

const LONGEST_PX = 160
const DARK_BELOW = 0.5 // as radseek.records.search has it: what lies below points nowhere
const STRONGEST = 0.65 // most that the glow hides of the picture

// A canvas as wide to high as the picture itself: scaled like the picture, it lies on it.
export function mapCanvas(map) {
  const canvas = document.createElement("canvas")
  canvas.className = "map"
  canvas.setAttribute("aria-hidden", "true")
  const { width, height, pixels } = paintMap(map)
  canvas.width = width
  canvas.height = height
  canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0)
  return canvas
}

// Lays a map's canvas over the picture of a viewport.
export function drawMap(context, canvas, viewport, density, opacity) {
  const { cols, rows } = viewport.frame
  const from = viewport.toCanvas({ col: 0, row: 0 })
  const to = viewport.toCanvas({ col: cols, row: rows })
  context.setTransform(density, 0, 0, density, 0, 0)
  context.globalAlpha = opacity
  context.imageSmoothingEnabled = true
  context.drawImage(canvas, from.x, from.y, to.x - from.x, to.y - from.y)
  context.globalAlpha = 1
}

// The part of the map that the picture fills: `rows` cover the square into which the picture was fitted.
export function paintMap({ rows, inside }) {
  const wide = inside.right - inside.left
  const high = inside.bottom - inside.top
  const scale = LONGEST_PX / Math.max(wide, high)
  const width = Math.max(1, Math.round(wide * scale))
  const height = Math.max(1, Math.round(high * scale))
  const pixels = new Uint8ClampedArray(4 * width * height)
  const columns = Array.from({ length: width }, (_, x) => between(inside.left + ((x + 0.5) / width) * wide, rows[0].length))
  const across = rows.map((row) => columns.map(([left, right, along]) => row[left] + (row[right] - row[left]) * along))
  for (let y = 0; y < height; y++) {
    const [top, bottom, down] = between(inside.top + ((y + 0.5) / height) * high, rows.length)
    const [above, below] = [across[top], across[bottom]]
    for (let x = 0; x < width; x++) {
      const glow = (above[x] + (below[x] - above[x]) * down - DARK_BELOW) / (1 - DARK_BELOW)
      if (glow <= 0) continue
      const at = 4 * (y * width + x)
      pixels[at] = 255
      pixels[at + 1] = 100 + 80 * glow
      pixels[at + 2] = 20
      pixels[at + 3] = 255 * STRONGEST * glow * (2 - glow)
    }
  }
  return { width, height, pixels }
}

// Whether the map points at the place (x, y), in shares of the picture's width and height.
export function isLit({ rows, inside }, x, y) {
  if (x < 0 || x > 1 || y < 0 || y > 1) return false
  const u = inside.left + x * (inside.right - inside.left)
  const v = inside.top + y * (inside.bottom - inside.top)
  return valueAt(rows, u, v) > DARK_BELOW
}

// The map's value at shares `u` of its width and `v` of its height, linearly between the middles of its cells.
export function valueAt(rows, u, v) {
  const [top, bottom, down] = between(v, rows.length)
  const [left, right, along] = between(u, rows[0].length)
  const across = (row) => row[left] + (row[right] - row[left]) * along
  return across(rows[top]) + (across(rows[bottom]) - across(rows[top])) * down
}

function between(share, n) {
  const place = Math.min(Math.max(share * n - 0.5, 0), n - 1)
  const first = Math.floor(place)
  return [first, Math.min(first + 1, n - 1), place - first]
}
