// Draws the points of a map into a picture of its own, pixel by pixel: at 100,000 points a frame takes some 20 ms where
// the browser draws by software (benchmarks/archive_map.md).
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
  #stamps = noStamps() // by 4 * code + manner, for one look
  #look = ""
  #ground = 0
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
    this.#takeOn(look)
    this.#words.fill(this.#ground)
    const { x, y } = field
    for (const row of this.#order) {
      const column = Math.round(left + x[row] * side)
      const line = Math.round(top + y[row] * side)
      const stamp = this.#stamps[4 * codes[row] + manners[row]] ?? this.#cut(look, codes[row], manners[row])
      const { reach } = stamp
      if (column < reach || line < reach || column >= width - reach || line >= height - reach) {
        if (column > -reach && line > -reach && column < width + reach && line < height + reach) this.#pressAtEdge(stamp, column, line)
      } else this.#press(stamp, line * width + column, width)
    }
    this.canvas.getContext("2d").putImageData(this.#image, 0, 0)
  }

  // Stamps are cut for one look: theme, colours and size.
  #takeOn({ scale, theme, ground, radius }) {
    const look = `${scale} ${theme} ${ground} ${radius}`
    if (look === this.#look) return
    this.#look = look
    this.#stamps = noStamps()
    this.#ground = wordOf(rgbOf(ground))
  }

  #cut({ scale, theme, ground, ink, radius }, code, manner) {
    const colour = rgbOf(colourOf(code, scale, theme))
    const shown = manner === FAINT ? mix(colour, rgbOf(ground), FADED) : colour
    const stamp = makeStamp(shapeOf(code), manner === LIT ? radius * 1.35 : radius, shown, manner === LIT ? rgbOf(ink) : null)
    this.#stamps[4 * code + manner] = stamp
    return stamp
  }

  // Whole pixels are set, those at the edge of a shape are mixed with what lies below.
  #press({ dx, dy, cover, words, n }, middle, width) {
    const picture = this.#words
    for (let place = 0; place < n; place += 1) {
      const pixel = middle + dy[place] * width + dx[place]
      picture[pixel] = cover[place] > 250 ? words[place] : mixed(picture[pixel], words[place], cover[place])
    }
  }

  #pressAtEdge({ dx, dy, cover, words, n }, column, line) {
    const { width, height } = this.#image
    const picture = this.#words
    for (let place = 0; place < n; place += 1) {
      const px = column + dx[place]
      const py = line + dy[place]
      const pixel = py * width + px
      if (px >= 0 && py >= 0 && px < width && py < height) picture[pixel] = mixed(picture[pixel], words[place], cover[place])
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
  const outlined = ink && covered((context, path) => Object.assign(context, { lineWidth: 1.3 }).stroke(path))
  const pixels = []
  const add = (alphas, own) => {
    for (let place = 0; place < size * size; place += 1) {
      const alpha = alphas[4 * place + 3]
      if (alpha >= 8) pixels.push([(place % size) - reach, Math.floor(place / size) - reach, alpha, own])
    }
  }
  add(filled, colour)
  if (outlined) add(outlined, ink)
  return {
    reach: reach + 1,
    n: pixels.length,
    dx: Int8Array.from(pixels, ([dx]) => dx),
    dy: Int8Array.from(pixels, ([, dy]) => dy),
    cover: Uint8Array.from(pixels, ([, , alpha]) => alpha),
    words: Uint32Array.from(pixels, ([, , , own]) => wordOf(own)),
  }
}

const noStamps = () => new Array(4 * 256).fill(null)

// A pixel's word once `over` lies on it with `cover` of 255.
function mixed(under, over, cover) {
  const share = cover / 255
  const red = (under & 255) + ((over & 255) - (under & 255)) * share
  const green = ((under >> 8) & 255) + (((over >> 8) & 255) - ((under >> 8) & 255)) * share
  const blue = ((under >> 16) & 255) + (((over >> 16) & 255) - ((under >> 16) & 255)) * share
  return 0xff000000 | (blue << 16) | (green << 8) | red
}

const mix = (from, to, share) => from.map((value, channel) => Math.round(value + (to[channel] - value) * share))
const wordOf = ([r, g, b]) => (0xff000000 | (b << 16) | (g << 8) | r) >>> 0
