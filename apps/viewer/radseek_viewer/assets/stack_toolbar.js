// The row of tools above a stack, and the row below it that steps and plays through its slices.
import { element } from "./elements.js"
import { drawIcon, icon } from "./icons.js"
import { keysHelp } from "./keys_help.js"

const RATES = [5, 10, 15, 25]
const USUAL_RATE = 10

const TOOLS = [
  ["window", "Window", "Drag changes the window (W)"],
  ["pan", "Pan", "Drag moves the picture (P); also right drag or Shift"],
  ["scroll", "Scroll", "Drag up and down goes through the slices; what one finger does on a touch screen"],
  ["measure", "Measure", ""],
  ["region", "Search region", "Drag a rectangle to search with it (G); Esc takes it away"],
  ["lens", "Lens", "A magnifier follows the pointer (hold Z)"],
]

const MEASURES = {
  measure: ["length", "Length   M", "Drag draws a length (M); Delete removes it, U takes that back"],
  angle: ["angle", "Angle   N", "Drag one side to the corner, then the other from there (N); Delete removes it, U takes that back"],
  ellipse: ["ellipse", "Ellipse   E", "Drag an ellipse: mean, spread and size of what is inside (E); Delete removes it, U takes that back"],
  rectangle: ["rectangle", "Rectangle   B", "Drag a rectangle: mean, spread and size of what is inside (B); Delete removes it, U takes that back"],
}

export const HELP = [
  ["Drag", "window: right wider, down darker"],
  ["Right drag, Shift drag, P", "move the picture"],
  ["Wheel, ↑ ↓", "slices; a single picture zooms"],
  ["Ctrl wheel, + −", "zoom"],
  ["M, then drag", "measure a length"],
  ["N, then drag twice", "measure an angle: to the corner, and from there"],
  ["E or B, then drag", "ellipse or rectangle: mean, SD, least, largest, size"],
  ["Drag a measure or its end", "moves it; a finger taps it first"],
  ["Tab to a measure", "arrows move it, with Shift further; Enter goes to its next end"],
  ["Delete,   U", "removes the chosen measure, else the last; takes that back"],
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

const iconButton = (name, label, title, action, data = {}) =>
  element("button", { type: "button", title, "aria-label": label, onclick: action, data }, icon(name), element("span", { class: "word" }, label))

export class Toolbar {
  constructor(verbs) {
    this.toolButtons = TOOLS.map(([tool, label, title]) => iconButton(tool, label, title, (event) => verbs.tool(event.currentTarget.dataset.tool), { tool }))
    this.measureButton = this.toolButtons.find((one) => one.dataset.tool === "measure")
    this.measureMenu = element(
      "select", { class: "kinds", "aria-label": "What is measured", title: "Length, angle, ellipse or rectangle", onchange: (event) => verbs.tool(event.target.value) },
      ...Object.entries(MEASURES).map(([tool, [, label]]) => element("option", { value: tool }, label)),
    )
    this.#offerMeasure("measure")
    this.presetMenu = element("select", { "aria-label": "Window preset", onchange: (event) => verbs.preset(Number(event.target.value)) })
    this.whereButton = iconButton("where", "Where", "Shows where the picture shows what was asked (S)", () => verbs.where())
    this.opacityRange = element("input", {
      type: "range", min: "0", max: "100", value: "45", "aria-label": "How strongly it is marked", title: "How strongly it is marked",
      oninput: () => verbs.redraw(),
    })
    this.whereRow = element("span", { class: "slider where", hidden: true }, this.whereButton, this.opacityRange)
    this.node = element(
      "div", { class: "toolbar", role: "toolbar", "aria-label": "Picture tools" },
      element("span", { class: "group" }, ...this.toolButtons.flatMap((one) => (one === this.measureButton ? [one, this.measureMenu] : [one]))),
      this.presetMenu,
      element("span", { class: "group" },
        iconButton("smaller", "Smaller", "Smaller (-)", () => verbs.zoom(0.8, 0, 0)),
        iconButton("larger", "Larger", "Larger (+)", () => verbs.zoom(1.25, 0, 0)),
        iconButton("fit", "Fit", "Whole picture (F)", verbs.fit), button("1:1", "One screen pixel for each picture pixel (A)", verbs.actualSize)),
      element("span", { class: "group" },
        iconButton("invert", "Invert", "Black for white (I)", verbs.invert, { action: "invert" }),
        iconButton("reset", "Reset", "Back to the first window, whole picture (R or double click)", verbs.reset, { action: "reset" })),
      this.whereRow,
      keysHelp(HELP),
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
    if (name in MEASURES) this.#offerMeasure(name)
    for (const one of this.toolButtons) one.setAttribute("aria-pressed", String(one.dataset.tool === name))
  }

  // The button takes the kind that was measured last.
  #offerMeasure(tool) {
    const [what, , title] = MEASURES[tool]
    this.measureMenu.value = tool
    this.measureButton.dataset.tool = tool
    this.measureButton.title = title
    this.measureButton.setAttribute("aria-label", `Measure ${what}`)
    drawIcon(this.measureButton.querySelector(".icon"), tool)
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
    this.rate = element("select", { "aria-label": "Slices a second", onchange: (event) => (cine.perSecond = Number(event.target.value)) })
    this.offerRates(null)
    this.slider = element("input", {
      type: "range", min: "0", value: "0", "aria-label": "Slice", oninput: (event) => verbs.slice(Number(event.target.value)),
    })
    this.label = element("span", { class: "slicelabel" })
    this.node = element("div", { class: "slider", hidden: true }, this.playButton, this.rate, this.slider, this.label)
  }

  // own: frames a second as the file says, null where it does not; it is what is played at until a person chooses.
  offerRates(own) {
    const { cine } = this
    const told = own && Number(own.toPrecision(3))
    if (own) cine.perSecond = own
    else if (!RATES.includes(cine.perSecond)) cine.perSecond = USUAL_RATE // of the series before
    const rates = RATES.filter((rate) => rate !== told).map((rate) => [rate, `${rate} / s`])
    if (own) rates.unshift([own, `${told} / s, as recorded`])
    this.rate.replaceChildren(...rates.map(([rate, words]) => element("option", { value: rate, selected: rate === cine.perSecond }, words)))
  }

  show(slice, nSlices, unit) {
    this.node.hidden = nSlices < 2
    this.slider.max = String(nSlices - 1)
    this.slider.value = String(slice)
    this.label.textContent = `${unit} ${slice + 1} of ${nSlices}`
    this.slider.setAttribute("aria-valuetext", this.label.textContent)
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
