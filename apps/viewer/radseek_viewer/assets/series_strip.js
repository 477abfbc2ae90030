// The strip of a study's series below the picture: a thumbnail each, the open one marked and in sight.
import { element } from "./elements.js"

export class SeriesStrip {
  // open: called with the place of the series that a person chooses.
  constructor(open) {
    this.open = open
    this.node = element("div", { class: "strip", role: "group", "aria-label": "Series of this study", hidden: true })
  }

  get thumbs() {
    return this.node.children
  }

  load(all) {
    this.node.replaceChildren(...all.map((series, place) => this.#thumbnail(series, place, all.length)))
    this.node.hidden = all.length < 2
  }

  mark(open) {
    for (const [place, thumb] of [...this.thumbs].entries()) thumb.setAttribute("aria-current", String(place === open))
    this.#bringIntoSight(this.thumbs[open])
  }

  // Scrolls the strip alone: `scrollIntoView` would move the page as well.
  #bringIntoSight(thumb) {
    const { node } = this
    const left = thumb.offsetLeft - node.offsetLeft
    if (left < node.scrollLeft) node.scrollLeft = left
    else if (left + thumb.offsetWidth > node.scrollLeft + node.clientWidth) node.scrollLeft = left + thumb.offsetWidth - node.clientWidth
  }

  #thumbnail({ label, thumbnail }, place, n) {
    return element(
      "button",
      { type: "button", class: "thumb", title: label, "aria-label": `Show ${label}, ${place + 1} of ${n}`, onclick: () => this.open(place) },
      element("img", { src: thumbnail, alt: "", draggable: "false", loading: "lazy" }),
      element("span", {}, label),
    )
  }
}
