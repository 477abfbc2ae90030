// Two studies side by side: two stack viewers, and the row of links between them.
import { element } from "./elements.js"
import { FrameStore } from "./frames.js"
import { Linking } from "./linking.js"
import { keptIn } from "./mounting.js"
import { StackViewer } from "./stack_viewer.js"

const LINKS = [
  ["slice", "Scroll", "Slices go together"],
  ["window", "Window", "Window and inversion go together; CT by its values, others in proportion to their own first window"],
  ["view", "Zoom and pan", "Zoom, pan and magnifier go together"],
]

export default function mountComparison({ data, parentElement, setTriggerValue }) {
  const [comparison, end] = keptIn(parentElement, "compare", (root) => new Comparison(root))
  comparison.load(data, (side, region) => setTriggerValue("region", { side, ...region }))
  return end
}

class Comparison {
  constructor(root) {
    const store = new FrameStore() // one for both: it is what bounds the memory of the page
    const sides = ["left", "right"].map((side) => element("div", { class: "stack", role: "region", "aria-label": `Study at the ${side}`, data: { side } }))
    this.linking = null
    this.viewers = sides.map((side) => {
      const viewer = new StackViewer(side, { store, acted: (what) => this.#acted(viewer, what) })
      return viewer
    })
    this.linking = new Linking(...this.viewers, () => this.#describe())
    this.linked = element("button", { type: "button", title: "All that goes together, on or off (L)", onclick: () => this.linking.toggleAll() }, "Linked")
    this.links = LINKS.map(([what, label, title]) =>
      element("button", { type: "button", title, data: { link: what }, onclick: () => this.linking.toggle(what) }, label),
    )
    this.words = element("span", { class: "words", role: "status" })
    const row = element("div", { class: "toolbar links", role: "toolbar", "aria-label": "What goes together" },
      this.linked, element("span", { class: "group" }, ...this.links), this.words)
    root.replaceChildren(row, element("div", { class: "sides" }, ...sides))
    this.#describe()
  }

  load(data, send) {
    this.linking.samePatient = data.same_patient
    for (const [i, side] of ["left", "right"].entries()) {
      this.viewers[i].send = (region) => send(side, region)
      this.viewers[i].load(data[side])
    }
    this.viewers[0].focus()
  }

  stop() {
    for (const viewer of this.viewers) viewer.stop()
  }

  #acted(viewer, what) {
    if (what === "link") {
      this.linking.toggleAll()
      viewer.say(this.linking.isLinked ? "Linked" : "Not linked")
    } else this.linking?.acted(viewer, what)
  }

  #describe() {
    this.linked.setAttribute("aria-pressed", String(this.linking.isLinked))
    for (const link of this.links) link.setAttribute("aria-pressed", String(this.linking.on[link.dataset.link]))
    this.words.textContent = this.linking.on.slice ? this.linking.words : "Slices do not go together."
  }
}
