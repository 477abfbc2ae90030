// Which part of a map is looked at: zoom and pan. Lengths on the screen are CSS pixels from the canvas's middle.

const ZOOM_RANGE = [0.6, 80]
const MARGIN = 0.94 // of the canvas that the whole map takes

export class MapView {
  constructor(canvas) {
    this.canvas = canvas
    this.spread = { across: 1, down: 1 } // how much of the unit square the points take, in its middle
    this.fit()
  }

  fit() {
    this.zoom = 1
    this.pan = { x: 0, y: 0 }
  }

  // CSS pixels for the whole width of the map.
  get side() {
    const { across, down } = this.spread
    return Math.min(this.canvas.clientWidth / across, this.canvas.clientHeight / down) * MARGIN * this.zoom
  }

  zoomBy(factor, x = 0, y = 0) {
    const next = Math.min(ZOOM_RANGE[1], Math.max(ZOOM_RANGE[0], this.zoom * factor))
    const ratio = next / this.zoom
    this.pan = { x: x - (x - this.pan.x) * ratio, y: y - (y - this.pan.y) * ratio }
    this.zoom = next
  }

  panBy(dx, dy) {
    const most = this.side / 2 + 40 // a corner of the map stays in sight
    const within = (value) => Math.min(most, Math.max(-most, value))
    this.pan = { x: within(this.pan.x + dx), y: within(this.pan.y + dy) }
  }

  centreOn(x, y) {
    this.pan = { x: (0.5 - x) * this.side, y: (0.5 - y) * this.side }
  }

  toMap(x, y) {
    return [(x - this.pan.x) / this.side + 0.5, (y - this.pan.y) / this.side + 0.5]
  }

  toScreen(x, y) {
    return [(x - 0.5) * this.side + this.pan.x, (y - 0.5) * this.side + this.pan.y]
  }

  // Where the map lies on a canvas with `density` canvas pixels for a CSS pixel.
  placeOn(density) {
    const { clientWidth, clientHeight } = this.canvas
    const side = this.side * density
    return { side, left: (clientWidth / 2 + this.pan.x) * density - side / 2, top: (clientHeight / 2 + this.pan.y) * density - side / 2 }
  }
}
