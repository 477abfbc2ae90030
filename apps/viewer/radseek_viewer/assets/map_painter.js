// Draws the points of a map into a picture of its own, pixel by pixel: at 100,000 points some ten times quicker than
// to ask the canvas for each, where the browser draws by software.
import { colourOf, rgbOf, shapeOf, shapePath } from "./map_colours.js"

const FADED = 0.66 // how far points that are not selected go towards the ground
const EDGE_PX = 3 // room around a stamp for its outline

// How a point is drawn, in the order of drawing.
export const HIDDEN = 0
export const FAINT = 1
export const PLAIN = 2
export const LIT = 3

export class MapPainter {
  #image = null
  #words = null // the picture, one 32-bit word a pixel
  #stamps = new Map()
  #order = new Uint32Array(0)

  constructor(canvas) {
    this.canvas = canvas
  }

  // The order of drawing, to be told again when a manner changes; manners: HIDDEN to LIT for each point.
  arrange(mixed, manners, codes) {
    const counts = [0, 0, 0, 0, 0]
    const level = (row) => (manners[row] === PLAIN && codes[row] >= 254 ? FAINT : manners[row])
    for (const row of mixed) counts[level(row) + 1] += 1
    for (let place = 1; place < counts.length; place += 1) counts[place] += counts[place - 1]
    const hidden = counts[1]
    this.#order = new Uint32Array(mixed.length)
    for (const row of mixed) this.#order[counts[level(row)]++] = row
    this.#order = this.#order.subarray(hidden)
  }

  // look: { scale, theme, ground, ink, radius } with radius in canvas pixels; place: x and y of a row in canvas pixels.
  draw(field, codes, manners, look, { left, top, side }) {
    const { width, height } = this.canvas
    if (!this.#image || this.#image.width !== width || this.#image.height !== height) {
      this.#image = new ImageData(width, height)
      this.#words = new Uint32Array(this.#image.data.buffer)
    }
    this.#words.fill(wordOf(rgbOf(look.ground)))
    const stamps = this.#stampsOf(look)
    const { x, y } = field
    for (const row of this.#order) {
      const column = Math.round(left + x[row] * side)
      const line = Math.round(top + y[row] * side)
      if (column < -8 || line < -8 || column > width + 8 || line > height + 8) continue
      this.#press(stamps(codes[row], manners[row]), column, line)
    }
    this.canvas.getContext("2d").putImageData(this.#image, 0, 0)
  }

  #press({ dx, dy, alpha, colour, ink, word }, column, line) {
    const { width, height, data } = this.#image
    for (let place = 0; place < dx.length; place += 1) {
      const px = column + dx[place]
      const py = line + dy[place]
      if (px < 0 || py < 0 || px >= width || py >= height) continue
      const pixel = py * width + px
      const cover = alpha[place]
      if (cover > 250 && !ink[place]) {
        this.#words[pixel] = word
        continue
      }
      const source = ink[place] ? ink.colour : colour
      for (let channel = 0; channel < 3; channel += 1) {
        const at = 4 * pixel + channel
        data[at] += ((source[channel] - data[at]) * cover) / 255
      }
    }
  }

  #stampsOf(look) {
    const { scale, theme, ground, ink, radius } = look
    return (code, manner) => {
      const key = `${scale} ${theme} ${radius} ${code} ${manner}`
      let stamp = this.#stamps.get(key)
      if (!stamp) {
        const colour = rgbOf(colourOf(code, scale, theme))
        const shown = manner === FAINT ? mix(colour, rgbOf(ground), FADED) : colour
        stamp = makeStamp(shapeOf(code), manner === LIT ? radius * 1.35 : radius, shown, manner === LIT ? rgbOf(ink) : null)
        this.#stamps.set(key, stamp)
      }
      return stamp
    }
  }
}

// Which pixels around a point a shape covers and how far; with an outline in `ink` for those that stand out.
function makeStamp(shape, radius, colour, ink) {
  const reach = Math.ceil(radius * 1.4) + EDGE_PX
  const size = 2 * reach + 1
  const covered = (draw) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: size, height: size })
    const context = canvas.getContext("2d", { willReadFrequently: true })
    context.translate(reach + 0.5, reach + 0.5)
    draw(context, shapePath(shape, radius))
    return context.getImageData(0, 0, size, size).data
  }
  const filled = covered((context, path) => context.fill(path))
  const outlined = ink && covered((context, path) => Object.assign(context, { lineWidth: 1.6 }).stroke(path))
  const stamp = { dx: [], dy: [], alpha: [], ink: [], colour, word: wordOf(colour) }
  stamp.ink.colour = ink
  const add = (place, alpha, isInk) => {
    if (alpha < 8) return
    stamp.dx.push((place % size) - reach)
    stamp.dy.push(Math.floor(place / size) - reach)
    stamp.alpha.push(alpha)
    stamp.ink.push(isInk)
  }
  for (let place = 0; place < size * size; place += 1) add(place, filled[4 * place + 3], false)
  if (outlined) for (let place = 0; place < size * size; place += 1) add(place, outlined[4 * place + 3], true)
  return stamp
}

const mix = (from, to, share) => from.map((value, channel) => Math.round(value + (to[channel] - value) * share))
const wordOf = ([r, g, b]) => (0xff000000 | (b << 16) | (g << 8) | r) >>> 0
