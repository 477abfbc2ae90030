// The card of the study that is pointed at: its picture and title, beside the point.
import { element } from "./elements.js"
import { fetchCard } from "./map_points.js"

const WAIT_MS = 60 // who crosses the map asks nothing
const KEPT = 400

export class MapCard {
  #known = new Map() // url and row -> promise of a card
  #waiting = 0
  #asked = ""

  constructor() {
    this.node = element("div", { class: "card", hidden: true })
  }

  // Shows the study of a row beside (x, y), CSS pixels from the top left of a frame so large; told(words) when it is known.
  show(url, row, { x, y, width, height }, told) {
    const key = `${url} ${row}`
    Object.assign(this.node.style, x < width / 2 ? { left: `${x + 14}px`, right: "auto" } : { left: "auto", right: `${width - x + 14}px` })
    Object.assign(this.node.style, y < height / 2 ? { top: `${y + 6}px`, bottom: "auto" } : { top: "auto", bottom: `${height - y + 6}px` })
    if (key === this.#asked) return
    this.hide()
    this.#asked = key
    this.#waiting = setTimeout(async () => {
      try {
        const card = await this.#get(key, url, row)
        if (key !== this.#asked) return
        this.#fill(card)
        told([card.title, card.meta].filter(Boolean).join(", "))
      } catch (error) {
        if (key === this.#asked) this.#fill({ title: error.message, meta: "", thumbnail: null, synthetic: false })
      }
    }, this.#known.has(key) ? 0 : WAIT_MS)
  }

  hide() {
    clearTimeout(this.#waiting)
    this.#asked = ""
    this.node.hidden = true
  }

  #get(key, url, row) {
    if (!this.#known.has(key)) {
      const promise = fetchCard(url, row)
      promise.catch(() => this.#known.delete(key))
      this.#known.set(key, promise)
      if (this.#known.size > KEPT) this.#known.delete(this.#known.keys().next().value)
    }
    return this.#known.get(key)
  }

  #fill({ title, meta, thumbnail, synthetic }) {
    this.node.replaceChildren(
      thumbnail ? element("img", { src: thumbnail, alt: "", draggable: "false" }) : "",
      element("strong", {}, title),
      element("span", {}, meta),
      synthetic ? element("span", { class: "synthetic" }, "SYNTHETIC") : "",
    )
    this.node.hidden = false
  }
}
