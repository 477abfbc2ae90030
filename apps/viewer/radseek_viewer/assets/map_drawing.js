// Draws a map on its two canvases: the points below; the lasso, the cross of the keys and the ring of what is pointed at above.
import { fitPixels, onCanvasSize } from "./canvas_size.js"
import { OTHER, themeOf } from "./map_colours.js"
import { FAINT, HIDDEN, LIT, MapPainter, PLAIN } from "./map_painter.js"

export class MapDrawing {
  #manners = new Uint8Array(0) // of each point: how it is drawn
  #isStale = true
  #pending = 0

  // scene: { field, groups, off, lit, selection, view, lasso, byKeys, pointed } as they stand.
  constructor(canvas, over, scene) {
    Object.assign(this, { canvas, over, scene })
    this.painter = new MapPainter(canvas)
    this.unwatch = onCanvasSize(canvas, () => this.schedule())
  }

  schedule() {
    this.#pending ||= requestAnimationFrame(() => this.#draw())
  }

  // After a change of what is drawn how: groups, selection, what is lit or taken out.
  scheduleAnew() {
    this.#isStale = true
    this.schedule()
  }

  stop() {
    this.unwatch()
    cancelAnimationFrame(this.#pending)
  }

  #draw() {
    this.#pending = 0
    const [density] = [this.canvas, this.over].map(fitPixels)
    const { field, groups, view } = this.scene()
    if (!field?.n || field.n !== groups.codes.length || !this.canvas.width || !this.canvas.height) return
    if (this.#isStale) this.#arrange()
    const style = getComputedStyle(this.canvas)
    const look = {
      scale: groups.scale, theme: themeOf(this.canvas), ground: style.getPropertyValue("--st-background-color"),
      ink: style.getPropertyValue("--st-text-color"), radius: radiusOf(field.n, view.zoom) * density,
    }
    this.painter.draw(field, groups.codes, this.#manners, look, view.placeOn(density))
    this.#drawOver(density, look.ink)
    this.canvas.dataset.zoom = view.zoom.toFixed(3)
  }

  #arrange() {
    const { field, groups, off, lit, selection } = this.scene()
    const { codes, lifts } = groups
    const any = selection.size > 0
    if (this.#manners.length !== field.n) this.#manners = new Uint8Array(field.n)
    for (let row = 0; row < field.n; row += 1) {
      const code = codes[row]
      if (off.has(code)) this.#manners[row] = HIDDEN
      else if (code === lit || (lifts && code < OTHER)) this.#manners[row] = LIT
      else this.#manners[row] = any && !selection.has(row) ? FAINT : PLAIN
    }
    this.painter.arrange(field.mixed, this.#manners, codes)
    this.#isStale = false
  }

  #drawOver(density, ink) {
    const { field, view, lasso, byKeys, pointed } = this.scene()
    const context = this.over.getContext("2d")
    context.setTransform(density, 0, 0, density, 0, 0)
    context.clearRect(0, 0, this.over.clientWidth, this.over.clientHeight)
    context.translate(this.over.clientWidth / 2, this.over.clientHeight / 2)
    lasso.draw(context, ink)
    Object.assign(context, { strokeStyle: ink, lineWidth: 2 })
    if (byKeys) drawCross(context)
    if (pointed < 0) return
    context.beginPath()
    context.arc(...view.toScreen(field.x[pointed], field.y[pointed]), 8, 0, 2 * Math.PI)
    context.stroke()
  }
}

function drawCross(context) {
  context.beginPath()
  for (const [x, y] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    context.moveTo(6 * x, 6 * y)
    context.lineTo(16 * x, 16 * y)
  }
  context.stroke()
}

// Points get smaller where there are many, and larger as one looks closer. CSS pixels.
function radiusOf(n, zoom) {
  const alone = Math.min(5, Math.max(1.5, 130 / Math.sqrt(Math.max(1, n))))
  return Math.round(4 * Math.min(7, alone * Math.sqrt(Math.max(1, zoom)))) / 4
}
