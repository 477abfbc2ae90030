// One picture on a canvas: window, zoom, pan, inversion. Knows nothing of series, toolbars or the network.
import { fitPixels } from "./canvas_size.js"
import { buildGreyTable, paintGreys } from "./windowing.js"

const ZOOM_RANGE = [0.1, 20]
const LENS = { factor: 3, radius_px: 110 } // of the picture as it stands on the screen

export class Viewport {
  #table = new Uint32Array(65536)
  #source = document.createElement("canvas")
  #pending = 0

  constructor(canvas) {
    this.canvas = canvas
    this.frame = null
    this.window = { center: 0.5, width: 1 }
    this.inverted = false
    this.lens = null // CSS pixels from the canvas centre where the magnifier is, or none
    this.overlay = null // (context, CSS pixels to canvas pixels) => draws above the picture
    this.fit()
  }

  fit() {
    this.zoom = 1 // relative to the size at which the whole picture fits
    this.pan = { x: 0, y: 0 } // CSS pixels
    this.schedule({ greys: false })
  }

  show(frame) {
    this.frame = frame
    this.schedule({ greys: true })
  }

  setWindow(window) {
    this.window = { ...window, width: Math.max(window.width, Number.EPSILON) }
    this.schedule({ greys: true })
  }

  toggleInverted() {
    this.inverted = !this.inverted
    this.schedule({ greys: true })
  }

  // Keeps the point under (x, y), in CSS pixels from the canvas centre, where it is.
  zoomBy(factor, x = 0, y = 0) {
    const next = Math.min(ZOOM_RANGE[1], Math.max(ZOOM_RANGE[0], this.zoom * factor))
    const ratio = next / this.zoom
    this.pan = { x: x - (x - this.pan.x) * ratio, y: y - (y - this.pan.y) * ratio }
    this.zoom = next
    this.schedule({ greys: false })
  }

  // The same part of the picture as another viewport shows, whatever the sizes of both.
  showAs(view) {
    this.zoom = view.zoom
    this.pan = { x: view.x * this.canvas.clientWidth, y: view.y * this.canvas.clientHeight }
    this.schedule({ greys: false })
  }

  get view() {
    return { zoom: this.zoom, x: this.pan.x / (this.canvas.clientWidth || 1), y: this.pan.y / (this.canvas.clientHeight || 1) }
  }

  panBy(dx, dy) {
    this.pan = { x: this.pan.x + dx, y: this.pan.y + dy }
    this.schedule({ greys: false })
  }

  // CSS pixels of the screen for one pixel column of the picture, when it fits.
  get fitScale() {
    const { cols, rows, aspect } = this.frame
    return Math.min(this.canvas.clientWidth / cols, this.canvas.clientHeight / (rows * aspect))
  }

  get scale() {
    return this.frame ? this.fitScale * this.zoom : 1
  }

  showActualSize() {
    if (!this.frame) return
    this.zoom = 1 / this.fitScale / (window.devicePixelRatio || 1)
    this.pan = { x: 0, y: 0 }
    this.schedule({ greys: false })
  }

  // CSS pixels from the canvas centre -> picture column and row, and picture -> CSS pixels from its top left corner.
  toPicture(x, y) {
    const { cols, rows, aspect } = this.frame
    return { col: (x - this.pan.x) / this.scale + cols / 2, row: (y - this.pan.y) / (this.scale * aspect) + rows / 2 }
  }

  toCanvas({ col, row }) {
    const { cols, rows, aspect } = this.frame
    const { clientWidth, clientHeight } = this.canvas
    return {
      x: clientWidth / 2 + this.pan.x + (col - cols / 2) * this.scale,
      y: clientHeight / 2 + this.pan.y + (row - rows / 2) * aspect * this.scale,
    }
  }

  schedule({ greys }) {
    this.stale ||= greys
    if (!this.#pending) this.#pending = requestAnimationFrame(() => this.#draw())
  }

  stop() {
    cancelAnimationFrame(this.#pending)
  }

  #draw() {
    this.#pending = 0
    const { canvas } = this
    const density = fitPixels(canvas)
    const { width, height } = canvas
    const context = canvas.getContext("2d")
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.fillStyle = "#000"
    context.fillRect(0, 0, width, height)
    if (!this.frame || !width || !height) return
    if (this.stale) this.#paintSource()
    const { cols, rows, aspect } = this.frame
    const scale = this.scale * density
    context.translate(width / 2 + this.pan.x * density, height / 2 + this.pan.y * density)
    context.imageSmoothingEnabled = this.zoom < 3 || scale < 4 // who zooms in that far wants to see the pixels
    context.imageSmoothingQuality = "high"
    context.drawImage(this.#source, (-cols * scale) / 2, (-rows * aspect * scale) / 2, cols * scale, rows * aspect * scale)
    this.overlay?.(context, density)
    if (this.lens) this.#drawLens(context, density)
  }

  // The picture once more in a circle, larger, so that the point under the pointer stays under it.
  #drawLens(context, density) {
    const { cols, rows, aspect } = this.frame
    const scale = this.scale * LENS.factor
    const at = this.toPicture(this.lens.x, this.lens.y)
    const middle = { x: this.canvas.clientWidth / 2 + this.lens.x, y: this.canvas.clientHeight / 2 + this.lens.y }
    context.save()
    context.setTransform(density, 0, 0, density, 0, 0)
    context.beginPath()
    context.arc(middle.x, middle.y, LENS.radius_px, 0, 2 * Math.PI)
    context.fillStyle = "#000"
    context.fill()
    context.save()
    context.clip()
    context.imageSmoothingEnabled = scale < 6
    context.drawImage(this.#source, middle.x - at.col * scale, middle.y - at.row * scale * aspect, cols * scale, rows * scale * aspect)
    context.restore()
    for (const [color, line] of [["#000", 4], ["#cfd8e2", 1.5]]) Object.assign(context, { strokeStyle: color, lineWidth: line }).stroke()
    context.restore()
  }

  #paintSource() {
    const { cols, rows } = this.frame
    Object.assign(this.#source, { width: cols, height: rows })
    const context = this.#source.getContext("2d")
    const image = context.createImageData(cols, rows)
    buildGreyTable(this.frame, this.window, this.inverted, this.#table)
    paintGreys(this.frame, this.#table, new Uint32Array(image.data.buffer))
    context.putImageData(image, 0, 0)
    this.stale = false
  }
}
