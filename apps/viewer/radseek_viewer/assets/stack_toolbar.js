// The row of tools above a stack, and the row below it that steps and plays through its slices.
import { element } from "./elements.js"

const RATES = [5, 10, 15, 25]

const TOOLS = [
  ["window", "Window", "Drag changes the window (W)"],
  ["pan", "Pan", "Drag moves the picture (P); also right drag or Shift"],
  ["scroll", "Scroll", "Drag up and down goes through the slices; what one finger does on a touch screen"],
  ["measure", "Measure", "Drag draws a length (M); Delete takes the last one back"],
  ["region", "Search region", "Drag a rectangle to search with it (G); Esc takes it away"],
  ["lens", "Lens", "A magnifier follows the pointer (hold Z)"],
]

export const HELP = [
  ["Drag", "window: right wider, down darker"],
  ["Right drag, Shift drag, P", "move the picture"],
  ["Wheel, ↑ ↓", "slices; a single picture zooms"],
  ["Ctrl wheel, + −", "zoom"],
  ["M, then drag", "measure; Delete takes the last one back"],
  ["G, then drag", "search with a region; Esc takes it away"],
  ["Z held", "magnifier"],
  ["S", "where it shows what was asked"],
  ["L", "linked or not, when two studies are compared"],
  ["Space", "play and pause"],
  ["1 … 9", "window presets"],
  ["← →", "series"],
  ["[   ]", "the patient's earlier and later study"],
  ["I   F   A   R", "invert, fit, 1:1, reset"],
  ["Touch", "one finger scrolls or does the chosen tool, two zoom and move, a double tap resets"],
]

const button = (label, title, action, data = {}) => element("button", { type: "button", title, onclick: action, data }, label)

export class Toolbar {
  constructor(verbs) {
    this.toolButtons = TOOLS.map(([tool, label, title]) => button(label, title, () => verbs.tool(tool), { tool }))
    this.presetMenu = element("select", { "aria-label": "Window preset", onchange: (event) => verbs.preset(Number(event.target.value)) })
    this.whereButton = button("Where", "Shows where the picture shows what was asked (S)", () => verbs.where())
    this.opacityRange = element("input", {
      type: "range", min: "0", max: "100", value: "45", "aria-label": "How strongly it is marked", title: "How strongly it is marked",
      oninput: () => verbs.redraw(),
    })
    this.whereRow = element("span", { class: "slider where", hidden: true }, this.whereButton, this.opacityRange)
    this.node = element(
      "div", { class: "toolbar", role: "toolbar", "aria-label": "Picture tools" },
      element("span", { class: "group" }, ...this.toolButtons),
      this.presetMenu,
      element("span", { class: "group" },
        button("−", "Smaller (-)", () => verbs.zoom(0.8, 0, 0)), button("+", "Larger (+)", () => verbs.zoom(1.25, 0, 0)),
        button("Fit", "Whole picture (F)", verbs.fit), button("1:1", "One screen pixel for each picture pixel (A)", verbs.actualSize)),
      button("Invert", "Black for white (I)", verbs.invert, { action: "invert" }),
      button("Reset", "Back to the first window, whole picture (R or double click)", verbs.reset, { action: "reset" }),
      this.whereRow,
      keysHelp(),
    )
  }

  get opacity() {
    return Number(this.opacityRange.value) / 100
  }

  offerPresets(windows) {
    this.presetMenu.replaceChildren(
      ...windows.map((window, i) => element("option", { value: i }, `${i + 1}  ${window.name}`)),
      element("option", { value: "custom", hidden: true }, "custom"),
    )
  }

  // -1 for a window that is none of them.
  choosePreset(index) {
    this.presetMenu.value = index < 0 ? "custom" : String(index)
  }

  chooseTool(name) {
    for (const one of this.toolButtons) one.setAttribute("aria-pressed", String(one.dataset.tool === name))
  }

  offerScroll(scrolls) {
    this.toolButtons.find((one) => one.dataset.tool === "scroll").hidden = !scrolls
  }

  offerWhere(hasMap, shown) {
    this.whereRow.hidden = !hasMap
    this.whereButton.setAttribute("aria-pressed", String(shown))
  }
}

export class SliceBar {
  constructor(verbs, cine) {
    this.cine = cine
    this.playButton = button("Play", "Slices one after the other (space)", verbs.play)
    const rates = RATES.map((rate) => element("option", { value: rate, selected: rate === cine.perSecond }, `${rate} / s`))
    const rate = element("select", { "aria-label": "Slices a second", onchange: (event) => (cine.perSecond = Number(event.target.value)) }, ...rates)
    this.slider = element("input", {
      type: "range", min: "0", value: "0", "aria-label": "Slice", oninput: (event) => verbs.slice(Number(event.target.value)),
    })
    this.label = element("span", { class: "slicelabel" })
    this.node = element("div", { class: "slider", hidden: true }, this.playButton, rate, this.slider, this.label)
  }

  show(slice, nSlices) {
    this.node.hidden = nSlices < 2
    this.slider.max = String(nSlices - 1)
    this.slider.value = String(slice)
    this.label.textContent = `Slice ${slice + 1} of ${nSlices}`
  }

  describePlaying() {
    this.playButton.textContent = this.cine.playing ? "Pause" : "Play"
    this.playButton.setAttribute("aria-pressed", String(this.cine.playing))
  }
}

// Keys go to the picture again after a click on a tool or a choice by mouse or finger; who came by keyboard stays there.
export function giveKeysBack(root, canvas) {
  let byPointer = false
  root.addEventListener("pointerdown", () => (byPointer = true), true)
  root.addEventListener("keydown", () => (byPointer = false), true)
  const focus = () => byPointer && canvas.focus({ preventScroll: true })
  const isButton = (node) => node.closest(".toolbar button, .slider button, .strip button, .picture button")
  root.addEventListener("click", (event) => isButton(event.target) && focus(), true) // before a button takes itself away
  root.addEventListener("change", (event) => event.target.matches("select") && focus())
}

function keysHelp() {
  const rows = HELP.flatMap(([keys, what]) => [element("dt", {}, keys), element("dd", {}, what)])
  return element("details", { class: "help" }, element("summary", { title: "Mouse and keys" }, "Keys"), element("dl", {}, ...rows))
}
