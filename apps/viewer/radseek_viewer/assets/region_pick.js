// A rectangle that a person draws on a picture, and the bar that offers to search with it.
import { element } from "./elements.js"

const LEAST_DRAWN_PX = 4 // on the screen: less is a click
const COLOR = "#7fd4ff"

export class RegionPick {
  #from = null
  #box = null // left, top, right, bottom as shares of the picture

  // shown: { frame, series, slice, least_px } as they stand; send: what a search gets; goTo: a slice.
  constructor({ shown, send, goTo, changed }) {
    Object.assign(this, { shown, send, goTo, changed })
    this.words = element("span", {})
    this.offers = element("span", { class: "offers" })
    this.bar = element("div", { class: "regionbar", role: "group", "aria-label": "Search with a region", hidden: true }, this.words, this.offers)
  }

  begin(point) {
    this.clear()
    this.#from = this.#share(point)
  }

  stretch(point) {
    if (!this.#from) return
    const to = this.#share(point)
    this.#box = {
      left: Math.min(this.#from.x, to.x), right: Math.max(this.#from.x, to.x),
      top: Math.min(this.#from.y, to.y), bottom: Math.max(this.#from.y, to.y),
    }
    this.changed()
  }

  // scale: CSS pixels of the screen for one column of the picture.
  end(scale) {
    this.#from = null
    if (!this.#box) return
    const { width, height } = this.#size()
    if (Math.max(width, height) * scale < LEAST_DRAWN_PX) this.clear()
    else this.offer()
  }

  clear() {
    this.#from = this.#box = null
    this.bar.hidden = true
    this.changed()
  }

  // Says what can be done with the region on the slice that is shown; again after each step to another slice.
  offer() {
    if (!this.#box || this.#from) return
    const { frame, series, slice, least_px } = this.shown()
    if (!frame) return
    const { width, height } = this.#size()
    const cancel = offer("Cancel", () => this.clear(), "Takes the region away (Esc)")
    const searched = nearest(series.searched, slice)
    if (Math.min(width, height) < least_px) {
      this.#show(`The region has ${Math.floor(width)} × ${Math.floor(height)} pixels; draw it at least ${least_px} × ${least_px} large.`, cancel)
    } else if (!searched) this.#show("This series is not searched: it has no indexed picture.", cancel)
    else if (searched[0] !== slice) {
      const go = offer("Go there", () => this.goTo(searched[0]))
      this.#show(`Slice ${slice + 1} is not searched; nearest searched slice is ${searched[0] + 1}.`, go, cancel)
    } else {
      const box = Object.fromEntries(Object.entries(this.#box).map(([side, share]) => [side, Number(share.toFixed(4))]))
      this.#show("", offer("Search with this region", () => this.send({ image_key: searched[1], slice, ...box }), "", "main"), cancel)
    }
  }

  draw(context, viewport, density) {
    if (!this.#box) return
    const { cols, rows } = viewport.frame
    const from = viewport.toCanvas({ col: this.#box.left * cols, row: this.#box.top * rows })
    const to = viewport.toCanvas({ col: this.#box.right * cols, row: this.#box.bottom * rows })
    context.setTransform(density, 0, 0, density, 0, 0)
    for (const [color, width] of [["#000", 4], [COLOR, 2]]) {
      Object.assign(context, { strokeStyle: color, lineWidth: width })
      context.strokeRect(from.x, from.y, to.x - from.x, to.y - from.y)
    }
  }

  #show(text, ...offers) {
    this.words.textContent = text
    this.offers.replaceChildren(...offers)
    this.bar.hidden = false
  }

  #size() {
    const { frame } = this.shown()
    return { width: (this.#box.right - this.#box.left) * frame.cols, height: (this.#box.bottom - this.#box.top) * frame.rows }
  }

  #share({ col, row }) {
    const { frame } = this.shown()
    return { x: clamp(col / frame.cols), y: clamp(row / frame.rows) }
  }
}

const clamp = (value) => Math.min(1, Math.max(0, value))

function offer(label, action, title = "", kind = "") {
  return element("button", { type: "button", class: kind, title: title || null, onclick: action }, label)
}

// The searched slice nearest to `slice`, the earlier of two; `searched` holds [slice, image key].
export function nearest(searched, slice) {
  return searched.reduce((best, one) => (!best || Math.abs(one[0] - slice) < Math.abs(best[0] - slice) ? one : best), null)
}
