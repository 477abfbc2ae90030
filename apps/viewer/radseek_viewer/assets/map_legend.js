// The legend of a map: what each colour and shape means, how many there are; takes groups out, or selects them.
import { colourOf, shapeOf, shapePath } from "./map_colours.js"
import { element, refill } from "./elements.js"

const SWATCH_PX = 18

// acts: { toggle(code), select(code), light(code or null) }
export class MapLegend {
  constructor(acts) {
    this.acts = acts
    this.node = element("div", { class: "legend", role: "group", "aria-label": "Groups" })
  }

  show({ scale, legend }, off, theme) {
    refill(this.node, ...legend.map((group) => this.#line(group, scale, !off.has(group.code), theme)))
  }

  #line({ code, label, count }, scale, shown, theme) {
    const light = { onpointerenter: () => this.acts.light(code), onpointerleave: () => this.acts.light(null),
      onfocusin: () => this.acts.light(code), onfocusout: () => this.acts.light(null) }
    const toggle = element("button",
      { type: "button", class: "show", "aria-pressed": String(shown), data: { name: `show ${code}` },
        title: shown ? "Click to take these out of the map" : "Click to show these again", onclick: () => this.acts.toggle(code) },
      swatch(code, scale, theme),
      element("span", { class: "label" }, label),
      element("span", { class: "count" }, count.toLocaleString("en")))
    const select = element("button",
      { type: "button", class: "select", disabled: !shown || !count, data: { name: `select ${code}` },
        "aria-label": `Select ${label}: ${count.toLocaleString("en")}`, title: "Select these too", onclick: () => this.acts.select(code) },
      "Select")
    return element("div", { class: shown ? "line" : "line off", ...light }, toggle, select)
  }
}

function swatch(code, scale, theme) {
  const density = window.devicePixelRatio || 1
  const canvas = element("canvas", { width: SWATCH_PX * density, height: SWATCH_PX * density, "aria-hidden": "true" })
  const context = canvas.getContext("2d")
  context.scale(density, density)
  context.translate(SWATCH_PX / 2, SWATCH_PX / 2)
  context.fillStyle = colourOf(code, scale, theme)
  context.fill(shapePath(shapeOf(code), 5.5))
  return canvas
}
