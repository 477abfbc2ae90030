// The measures of a picture as buttons at their words: what Tab reaches, screen readers name and keys move.
import { element } from "./elements.js"

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
const FAR = 10 // pixels of the picture, with Shift
const HOW = "Measurements. Arrow keys move one, Enter goes to its next end, Delete removes it, U takes that back."

export class MeasureList {
  // act: { choose(place), next(), nudge(cols, rows), remove(), back(), leave() }
  constructor(act) {
    this.act = act
    this.node = element("div", { class: "measures", role: "group", "aria-label": HOW, onkeydown: (event) => this.#key(event) })
  }

  // entries: { words, label, isChosen } of each measure, oldest first. Buttons stay, and with them the focus, where measures stay.
  show(entries) {
    const buttons = this.node.children
    while (buttons.length > entries.length) this.#takeOut(buttons[buttons.length - 1])
    while (buttons.length < entries.length) this.node.append(this.#button(buttons.length))
    for (const [place, { words, label, isChosen }] of entries.entries()) {
      const button = buttons[place]
      if (button.getAttribute("aria-label") !== words) button.setAttribute("aria-label", words)
      button.setAttribute("aria-pressed", String(isChosen))
      Object.assign(button.style, { left: `${label.left}px`, top: `${label.top}px`, width: `${label.width}px`, height: `${label.height}px` })
    }
  }

  #button(place) {
    return element("button", { type: "button", onfocus: () => this.act.choose(place), onclick: () => this.act.next() })
  }

  #takeOut(button) {
    if (button.matches(":focus")) this.act.leave()
    button.remove()
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const arrow = ARROWS[event.key]?.map((step) => step * (event.shiftKey ? FAR : 1))
    if (arrow) this.act.nudge(...arrow)
    else if (event.key === "Delete" || event.key === "Backspace") this.act.remove()
    else if (event.key.toLowerCase() === "u") this.act.back()
    else if (event.key === "Escape") this.act.leave()
    else return
    event.preventDefault()
  }
}
